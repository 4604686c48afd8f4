/**
 * One CPython of Pyodide's build, without Pyodide's own JavaScript: the Emscripten module behind the gate, with our file
 * system, clock and entropy. The host calls raw exports only.
 */
import { VirtualClock } from '../../gate/clock.ts';
import { SeededEntropy } from '../../gate/entropy.ts';
import { FileSystem } from '../../gate/files.ts';
import { Gate, type ImportFunction } from '../../gate/gate.ts';
import { connectStreams } from '../../gate/streams.ts';
import { GuestMemory } from '../../gate/memory.ts';
import { PYTHON_POLICY, type Rule } from '../../gate/policy.ts';
import { createSyscalls } from '../../gate/syscalls.ts';
import { GuestTrap } from '../../gate/trap.ts';
import type { World } from '../../gate/world.ts';
import type { Device } from '../../gate/inodes.ts';
import type { ImageFile } from '../../environment/image.ts';
import { COUNTER_EXPORT } from '../../meter/counter.ts';
import type { Given } from '../given.ts';
import { addressInExceptions, Exceptions, isOfExceptions } from './exceptions.ts';
import { ImageFiles } from './image-files.ts';
import { Libraries, type LibraryModules } from './libraries.ts';

const PAGE_BYTES = 65_536;
/** 2 GiB: the most that `limits.memory_mb` may ask for. What a run gets is the gate's business. */
export const MAX_MEMORY_PAGES = 32_768;
/** The instant and seed of a boot: what a snapshot holds must not depend on any program. */
export const BOOT_EPOCH_MS = 1_767_225_600_000;
const BOOT_SEED = new Uint8Array(32);
/** Largest message of the guest to the host, beside the limits on what it may say. */
const MAX_MESSAGE_BYTES = 1 << 30;
export const GUEST_LIBRARY = '/lib/praxis';
const STEP_FILE = `${GUEST_LIBRARY}/step.json`;
/** Its size is the fuel that was used: where the libc knows no clock of a thread, our guest library reads that. */
const FUEL_FILE = `${GUEST_LIBRARY}/fuel`;

const ENVIRONMENT: ReadonlyMap<string, string> = new Map([
  ['HOME', '/home'],
  ['LANG', 'C.UTF-8'],
  ['PATH', '/'],
  ['PYTHONDONTWRITEBYTECODE', '1'],
  ['PYTHONHASHSEED', '0'],
  // Without it, `main` ends the interpreter after it has started.
  ['PYTHONINSPECT', '1'],
  ['PYTHONPATH', GUEST_LIBRARY],
  ['TZ', 'UTC'],
]);

/** What the guest says. During boot nobody listens. */
export interface PythonListener {
  output(name: 'stdout' | 'stderr', bytes: Uint8Array): void;
  readLine(): Uint8Array | null;
  message(parts: readonly Uint8Array[]): void;
  /** Asked at CPython's safe points while it runs: the number of a signal that has arrived, or 0. */
  signal(): number;
}

export interface PythonParts {
  files: readonly ImageFile[];
  libraries?: LibraryModules;
  /** Environment variables beside our own. They matter to a boot: afterwards they are in memory. */
  variables?: Readonly<Record<string, string>>;
  /** Told of each file of the image when it is read for the first time. */
  onRead?: (path: string) => void;
}

/** Boot (`boot.ts`) and restoring (`link.ts`) differ in what they link and in what is in memory afterwards, and in nothing else. */
export class Python {
  readonly gate = new Gate();
  readonly clock = new VirtualClock({ fuelUsed: () => this.gate.used(), epochMs: BOOT_EPOCH_MS });
  readonly world: World;
  /** What answers the imports that the policy calls virtual. */
  readonly virtual: Readonly<Record<string, ImportFunction>>;
  readonly libraries: Libraries;
  readonly exceptions = new Exceptions(this);
  /** Address of the C function behind `ctypes.cast`; -1 where there is no `ctypes`. */
  castFunction = -1;
  #exports: WebAssembly.Exports | undefined;
  #linked: Readonly<Record<string, unknown>> = {};
  #memoryBase = 0;
  #ownTableLength = 0;
  /** Functions that are called through an address of no entry of the table: there would be one for the host's own. */
  readonly #hostAddresses = new Map<number, ImportFunction>();
  /** Functions of the table that were called through the host. Nothing changes an entry. */
  readonly #called: (ImportFunction | undefined)[] = [];
  #memory: WebAssembly.Memory | undefined;
  #listener: PythonListener | undefined;
  #step = new Uint8Array(0);
  #memoryLimit = Infinity;
  #memoryRefusal: number | null = null;
  readonly #image: ImageFiles;

  constructor({ files, libraries = NO_LIBRARIES, variables = {}, onRead }: PythonParts) {
    this.world = this.#openWorld(new Map([...ENVIRONMENT, ...Object.entries(variables)]));
    this.virtual = this.#virtual();
    const { files: tree } = this.world;
    this.libraries = new Libraries(this, {
      find: (name) => libraries.find(name) ?? this.#image.library(name, (units) => this.gate.charge(units)),
    });
    connectStreams(tree, {
      output: (name, bytes) => this.#listener?.output(name, bytes),
      readLine: () => this.#listener?.readLine() ?? null,
      message: (parts) => this.#listener?.message(parts),
      messageRefused: () => undefined,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      entropy: () => this.world.entropy,
    });
    for (const directory of ['/home', '/job', '/tmp', '/data', GUEST_LIBRARY]) tree.mountDirectory(directory);
    tree.mountDevice(STEP_FILE, this.#stepDevice());
    tree.mountDevice(FUEL_FILE, { ...SILENT, rdev: 0x3c02, size: () => Number(this.gate.used()) });
    this.#image = new ImageFiles(tree, files, {
      ...(onRead ? { onRead } : {}),
      lacking: () => this.gate.latch(new GuestTrap('files', 'PROTOCOL', 'the step reads what is not here yet')),
    });
  }

  /** Takes the module's instance. Before it, nothing of the guest is there. */
  connect(exports: WebAssembly.Exports, imports: WebAssembly.ModuleImports): void {
    this.#exports = exports;
    // Some builds define these, others import them.
    this.#linked = { ...imports, ...exports };
    this.#memory = this.#object('memory', WebAssembly.Memory);
    this.#ownTableLength = this.table.length;
    const base = imports['__memory_base'];
    this.#memoryBase = base instanceof WebAssembly.Global ? Number(base.value) : typeof base === 'number' ? base : 0;
    this.gate.connect(exports);
  }

  get memory(): WebAssembly.Memory {
    if (!this.#memory) throw new Error('python: not instantiated yet');
    return this.#memory;
  }

  get table(): WebAssembly.Table {
    return this.#object('__indirect_function_table', WebAssembly.Table);
  }

  get ownTableLength(): number {
    return this.#ownTableLength;
  }

  get memoryBase(): number {
    return this.#memoryBase;
  }

  /** The module's shadow stack pointer. */
  get stackPointer(): WebAssembly.Global<'i32'> {
    // An i32 in every build of Emscripten for 32-bit memories.
    return this.#object('__stack_pointer', WebAssembly.Global) as WebAssembly.Global<'i32'>;
  }

  get counter(): WebAssembly.Global<'i64'> {
    // As the meter declares it.
    return this.#object(COUNTER_EXPORT, WebAssembly.Global) as WebAssembly.Global<'i64'>;
  }

  exported(name: string): WebAssembly.ExportValue | undefined {
    return this.#exports?.[name];
  }

  /** A function of the host, for a library. */
  hostFunction(name: string): ImportFunction | null {
    if (isOfExceptions(name)) return this.exceptions.import(name);
    return Object.hasOwn(PYTHON_POLICY, name) ? (this.imports([name])[name] ?? null) : null;
  }

  hostAddress(name: string): number {
    return addressInExceptions(name);
  }

  refuseCall(name: string): never {
    return this.gate.latch(
      new GuestTrap('violation', 'IMPORT_DENIED', `the program called ${name}, which the sandbox forbids`),
    );
  }

  refuseCode(what: string): never {
    return this.gate.latch(
      new GuestTrap(
        'violation',
        'CODE_LOADING',
        `the program tried to load compiled code (${what}), which the sandbox forbids`,
      ),
    );
  }

  /** The functions that the module imports, where it is linked without its glue. */
  imports(names: readonly string[]): Readonly<Record<string, ImportFunction>> {
    const policy: Record<string, Rule> = { ...PYTHON_POLICY };
    const raw: Record<string, ImportFunction> = { ...this.raw };
    for (const name of names.filter(isOfExceptions)) {
      policy[name] = 'raw';
      raw[name] = this.exceptions.import(name);
    }
    return this.gate.link(names, policy, this.virtual, raw);
  }

  /**
   * CPython calls C functions through these where their type may be another than the caller's: JavaScript converts.
   */
  readonly raw: Readonly<Record<string, ImportFunction>> = {
    _PyEM_TrampolineCall_JS: (address: number, a: number, b: number, c: number) => this.functionAt(address)(a, b, c),
    _PyImport_InitFunc_TrampolineCall: (address: number) => this.functionAt(address)(),
  };

  /** @throws TypeError where the address is none of a function */
  functionAt(address: number): ImportFunction {
    return this.#called[address] ?? this.#findFunction(address);
  }

  #findFunction(address: number): ImportFunction {
    const { table } = this;
    const found: unknown = address >= 0 && address < table.length ? table.get(address) : null;
    // Exported functions take and return numbers.
    if (typeof found === 'function') return (this.#called[address] = found as ImportFunction);
    const host = this.#hostAddresses.get(address) ?? this.exceptions.at(address);
    if (!host) throw new TypeError('python: a call of an address that is no function');
    return host;
  }

  /**
   * A call by `ctypes`. Only `ctypes.cast` is there, which gives a pointer another type: numpy and scipy use it. It takes and gives
   * three and one words, whose addresses are in `args`.
   */
  #foreignCall(target: number, result: number, args: number): void {
    if (target !== this.castFunction) return this.refuseCall('a C function by ctypes');
    const memory = new GuestMemory(() => this.memory);
    const addresses = memory.view(args, 12);
    const words = [0, 4, 8].map((at) => memory.view(addresses.getUint32(at, true), 4).getUint32(0, true));
    memory.setUint32(result, Number(this.functionAt(target)(...words)));
  }

  /** What the glue had put into the table at the boot, and the module knows by address. */
  nameHostFunction(address: number, name: string): void {
    if (isOfExceptions(name)) this.#hostAddresses.set(address, this.exceptions.import(name));
  }

  /** Calls an exported function: addresses and counts as numbers. */
  call(name: string, ...args: number[]): number {
    const value = this.#exports?.[name];
    if (typeof value !== 'function') throw new TypeError(`python: the module has no function ${name}`);
    // Exported functions take and return numbers; the callers know which.
    return Number((value as ImportFunction)(...args));
  }

  /** Address of an exported data symbol. */
  address(name: string): number {
    return Number(this.#object(name, WebAssembly.Global).value) + this.#memoryBase;
  }

  setListener(listener: PythonListener): void {
    this.#listener = listener;
  }

  /** What the guest reads as the current step. */
  setStep(json: Uint8Array): void {
    this.#step = new Uint8Array(json);
  }

  /** From now on, what reads in the late part of the file image finds it there. */
  completeFiles(late: Given): void {
    this.#image.complete(late);
  }

  charge(units: number): void {
    this.gate.charge(units);
  }

  /** Caps the linear memory, bytes. */
  setMemoryLimit(bytes: number): void {
    this.#memoryLimit = bytes;
  }

  /** The latest growth that the cap refused, and forgets it. */
  takeMemoryRefusal(): number | null {
    const refused = this.#memoryRefusal;
    this.#memoryRefusal = null;
    return refused;
  }

  /** A C string in the guest's memory, to be freed by the caller. */
  allocateString(text: string): number {
    const bytes = new TextEncoder().encode(`${text}\0`);
    const address = this.call('malloc', bytes.length) >>> 0;
    if (address === 0) throw new Error('python: no memory for a string');
    new Uint8Array(this.memory.buffer).set(bytes, address);
    return address;
  }

  /** @returns address of the module, the last part of a dotted name; 0 where it fails, and Python then knows why */
  importModule(name: string): number {
    const text = this.allocateString(name);
    const module = this.call('PyImport_ImportModule', text);
    this.call('free', text);
    return module;
  }

  #object<T>(name: string, kind: new (...args: never[]) => T): T {
    const value = this.#linked[name];
    if (!(value instanceof kind)) throw new TypeError(`python: the module has no ${kind.name} ${name}`);
    return value;
  }

  #virtual(): Record<string, ImportFunction> {
    return {
      ...createSyscalls(this.world),
      emscripten_resize_heap: (bytes: number) => this.#resize(bytes >>> 0),
      _dlopen_js: (handle: number) => this.libraries.open(handle),
      ffi_call_js: (_interface: number, target: number, result: number, args: number) =>
        this.#foreignCall(target, result, args),
      _dlsym_js: (handle: number, name: number) => this.libraries.symbol(handle, name),
      _Py_CheckEmscriptenSignals_Helper: () => this.#listener?.signal() ?? 0,
      emscripten_get_heap_max: () => Math.min(this.#memoryLimit, 2 ** 31),
    };
  }

  /** @returns address of the attribute's value; 0 where there is none, and Python then knows why */
  attribute(object: number, name: string): number {
    const text = this.allocateString(name);
    const value = this.call('PyObject_GetAttrString', object, text);
    this.call('free', text);
    return value;
  }

  #openWorld(environment: ReadonlyMap<string, string>): World {
    const charge = (units: number) => this.gate.charge(units);
    return {
      clock: this.clock,
      entropy: new SeededEntropy('boot', BOOT_SEED),
      files: new FileSystem({ now: () => this.world.clock.peek(), charge }),
      environment,
      memory: () => this.memory,
      allocate: (alignment, size) => this.call('emscripten_builtin_memalign', alignment, size) >>> 0,
      fuelUsed: () => this.gate.used(),
      charge,
    };
  }

  #resize(wanted: number): number {
    const bytes = this.memory.buffer.byteLength;
    if (wanted > this.#memoryLimit) {
      this.#memoryRefusal = wanted;
      return 0;
    }
    const target = Math.min(this.#memoryLimit, Math.max(wanted, bytes + Math.min(bytes >>> 3, 32 << 20)));
    const pages = Math.ceil((target - bytes) / PAGE_BYTES);
    // A new page is zeroed by the engine: charged as memory.grow would be.
    this.world.charge(pages * PAGE_BYTES);
    // Where the host has less than the program may use, this throws, and the gate says that the host failed.
    this.memory.grow(pages);
    return 1;
  }

  /** The current step: read from its start to its end, once; the host winds it back for the next. */
  #stepDevice(): Device {
    return {
      ...SILENT,
      rdev: 0x3c01,
      read: (target) => {
        const count = Math.min(this.#step.length, target.length);
        target.set(this.#step.subarray(0, count));
        this.#step = this.#step.slice(count);
        return count;
      },
    };
  }
}

const SILENT = { seekable: false, fuelPerByteRead: 0, read: () => 0, write: () => 0 } as const;

const NO_LIBRARIES: LibraryModules = { find: () => undefined };
