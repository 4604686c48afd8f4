/**
 * One CPython of Pyodide's build, without Pyodide's own JavaScript: the Emscripten module behind the gate, with our file
 * system, clock and entropy. The host calls raw exports only.
 */
import { VirtualClock } from '../../gate/clock.ts';
import { SeededEntropy } from '../../gate/entropy.ts';
import { FileSystem } from '../../gate/files.ts';
import { Gate, type ImportFunction } from '../../gate/gate.ts';
import { connectStreams } from '../../gate/streams.ts';
import { createSyscalls } from '../../gate/syscalls.ts';
import { GuestTrap } from '../../gate/trap.ts';
import type { World } from '../../gate/world.ts';
import type { Device } from '../../gate/inodes.ts';
import type { ImageFile } from '../../environment/image.ts';
import { bytesOf, type Given } from '../given.ts';

const PAGE_BYTES = 65_536;
/** The instant and seed of a boot: what a snapshot holds must not depend on any program. */
export const BOOT_EPOCH_MS = 1_767_225_600_000;
const BOOT_SEED = new Uint8Array(32);
/** Largest message of the guest to the host, beside the limits on what it may say. */
const MAX_MESSAGE_BYTES = 1 << 30;
/** Counted frames: enough for an ordinary RecursionError, less than the smallest native stack holds. */
export const PYTHON_MAX_DEPTH = 1200;
export const GUEST_LIBRARY = '/lib/praxis';
const STEP_FILE = `${GUEST_LIBRARY}/step.json`;

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

/** Boot (`boot.ts`) and restoring (`link.ts`) differ in what they link and in what is in memory afterwards, and in nothing else. */
export class Python {
  readonly gate = new Gate();
  readonly clock = new VirtualClock({ fuelUsed: () => this.gate.used(), epochMs: BOOT_EPOCH_MS });
  readonly world: World = this.#openWorld();
  /** What answers the imports that the policy calls virtual. */
  readonly virtual: Readonly<Record<string, ImportFunction>> = {
    ...createSyscalls(this.world),
    emscripten_resize_heap: (bytes: number) => this.#resize(bytes >>> 0),
    _Py_CheckEmscriptenSignals_Helper: () => this.#listener?.signal() ?? 0,
    emscripten_get_heap_max: () => Math.min(this.#memoryLimit, 2 ** 31),
  };
  #exports: WebAssembly.Exports | undefined;
  #memory: WebAssembly.Memory | undefined;
  #listener: PythonListener | undefined;
  #step = new Uint8Array(0);
  #memoryLimit = Number.MAX_SAFE_INTEGER;
  #memoryRefusal: number | null = null;
  #complete: ((late: Uint8Array) => void) | undefined;
  #late: Given | undefined;

  constructor(files: readonly ImageFile[]) {
    const { files: tree } = this.world;
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
    for (const { path, bytes, late } of files) {
      if (late) this.#complete = tree.mountIncomplete(path, bytes, { ...late, wanted: () => this.#wantLate() });
      else tree.mountFile(path, bytes);
    }
  }

  /** Takes the module's instance. Before it, nothing of the guest is there. */
  connect(exports: WebAssembly.Exports): void {
    this.#exports = exports;
    this.#memory = exportOf(exports, 'memory', WebAssembly.Memory);
    this.gate.connect(exports);
  }

  get memory(): WebAssembly.Memory {
    if (!this.#memory) throw new Error('python: not instantiated yet');
    return this.#memory;
  }

  get table(): WebAssembly.Table {
    return exportOf(this.#exports ?? {}, '__indirect_function_table', WebAssembly.Table);
  }

  /** The module's shadow stack pointer. */
  get stackPointer(): WebAssembly.Global<'i32'> {
    // An i32 in every build of Emscripten for 32-bit memories.
    return exportOf(this.#exports ?? {}, '__stack_pointer', WebAssembly.Global) as WebAssembly.Global<'i32'>;
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
    return Number(exportOf(this.#exports ?? {}, name, WebAssembly.Global).value);
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
    if (!this.#complete) throw new TypeError('python: no file lacks anything');
    this.#late = late;
  }

  /** Few programs read there, so nothing is copied for the others. */
  #wantLate(): void {
    if (this.#late) this.#complete?.(bytesOf(this.#late));
    else this.gate.latch(new GuestTrap('files', 'PROTOCOL', 'the step reads what is not here yet'));
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

  #openWorld(): World {
    const charge = (units: number) => this.gate.charge(units);
    return {
      clock: this.clock,
      entropy: new SeededEntropy('boot', BOOT_SEED),
      files: new FileSystem({ now: () => this.world.clock.peek(), charge }),
      environment: ENVIRONMENT,
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
      rdev: 0x3c01,
      seekable: false,
      fuelPerByteRead: 0,
      read: (target) => {
        const count = Math.min(this.#step.length, target.length);
        target.set(this.#step.subarray(0, count));
        this.#step = this.#step.slice(count);
        return count;
      },
      write: () => 0,
    };
  }
}

function exportOf<T>(exports: WebAssembly.Exports, name: string, kind: new (...args: never[]) => T): T {
  const value = exports[name];
  if (!(value instanceof kind)) throw new TypeError(`python: the module has no ${kind.name} ${name}`);
  return value;
}
