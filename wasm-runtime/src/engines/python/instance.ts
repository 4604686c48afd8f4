/**
 * One CPython of Pyodide's build, started without Pyodide's own JavaScript: the Emscripten module behind the gate, with
 * our file system, clock and entropy. After the flip the host calls raw exports only.
 */
import { VirtualClock } from '../../gate/clock.ts';
import { SeededEntropy, type Entropy } from '../../gate/entropy.ts';
import { FileSystem } from '../../gate/files.ts';
import { Gate, type ImportFunction } from '../../gate/gate.ts';
import { PYTHON_POLICY } from '../../gate/policy.ts';
import { connectStreams } from '../../gate/streams.ts';
import { createSyscalls } from '../../gate/syscalls.ts';
import type { World } from '../../gate/world.ts';
import type { Device } from '../../gate/inodes.ts';
import { openGlue, type GlueFunction } from '../glue.ts';

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
  message(bytes: Uint8Array): void;
  /** Asked at CPython's safe points while it runs: the number of a signal that has arrived, or 0. */
  signal(): number;
}

export interface PythonInstance {
  readonly gate: Gate;
  readonly world: World;
  readonly clock: VirtualClock;
  readonly memory: WebAssembly.Memory;
  readonly table: WebAssembly.Table;
  readonly stackPointer: WebAssembly.Global<'i32'>;
  /** The module's exported functions by name. */
  call(name: string, ...args: number[]): number;
  /** Address of an exported data symbol. */
  address(name: string): number;
  setListener(listener: PythonListener): void;
  /** What the guest reads as the current step. */
  setStep(json: Uint8Array): void;
  /** Caps the linear memory, bytes. */
  setMemoryLimit(bytes: number): void;
  /** The latest growth that the cap refused, and forgets it. */
  takeMemoryRefusal(): number | null;
  /** A C string in the guest's memory, to be freed by the caller. */
  allocateString(text: string): number;
}

export interface PythonStart {
  glue: GlueFunction;
  module: WebAssembly.Module;
  files: readonly { path: string; bytes: Uint8Array }[];
  /** Run `main`, which starts the interpreter; otherwise the caller puts a snapshot in place. */
  boot: boolean;
}

export async function startPython({ glue, module, files, boot }: PythonStart): Promise<PythonInstance> {
  const gate = new Gate();
  let memory: WebAssembly.Memory | undefined;
  let exports: WebAssembly.Exports | undefined;
  let listener: PythonListener | undefined;
  let step = new Uint8Array(0);
  let memoryLimit = Number.MAX_SAFE_INTEGER;
  let memoryRefusal: number | null = null;

  const function_ = (name: string): ImportFunction => {
    const value = exports?.[name];
    if (typeof value !== 'function') throw new TypeError(`python: the module has no function ${name}`);
    // Exported functions take and return numbers; the callers know which.
    return value as ImportFunction;
  };
  // Exports that return addresses or counts: numbers by their WebAssembly type.
  const call = (name: string, ...args: number[]): number => Number(function_(name)(...args));

  const charge = (units: number) => gate.charge(units);
  const clock = new VirtualClock({ fuelUsed: () => gate.used(), epochMs: BOOT_EPOCH_MS });
  const world: World = {
    clock,
    entropy: new SeededEntropy('boot', BOOT_SEED),
    files: new FileSystem({ now: () => world.clock.peek(), charge }),
    environment: ENVIRONMENT,
    memory: () => {
      if (!memory) throw new Error('python: not instantiated yet');
      return memory;
    },
    allocate: (alignment, size) => call('emscripten_builtin_memalign', alignment, size) >>> 0,
    fuelUsed: () => gate.used(),
    charge,
  };
  connectStreams(world.files, {
    output: (name, bytes) => listener?.output(name, bytes),
    readLine: () => listener?.readLine() ?? null,
    message: (bytes) => listener?.message(bytes),
    messageRefused: () => undefined,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    entropy: (): Entropy => world.entropy,
  });
  for (const directory of ['/home', '/job', '/tmp', '/data', GUEST_LIBRARY]) world.files.mountDirectory(directory);
  world.files.mountDevice(
    STEP_FILE,
    stepDevice(
      () => step,
      (rest) => (step = rest),
    ),
  );
  for (const { path, bytes } of files) world.files.mountFile(path, bytes);

  const resize: ImportFunction = (requested: number) => {
    const bytes = world.memory().buffer.byteLength;
    const wanted = requested >>> 0;
    if (wanted > memoryLimit) {
      memoryRefusal = wanted;
      return 0;
    }
    const target = Math.min(memoryLimit, Math.max(wanted, bytes + Math.min(bytes >>> 3, 32 << 20)));
    const pages = Math.ceil((target - bytes) / PAGE_BYTES);
    // A new page is zeroed by the engine: charged as memory.grow would be.
    world.charge(pages * PAGE_BYTES);
    // Where the host has less than the program may use, this throws, and the gate says that the host failed.
    world.memory().grow(pages);
    return 1;
  };

  const settings: Record<string, unknown> = {
    noInitialRun: !boot,
    noImageDecoding: true,
    noAudioDecoding: true,
    noWasmDecoding: true,
    arguments: [],
    thisProgram: 'python',
    print: () => undefined,
    printErr: () => undefined,
    quit: (_status: number, error: unknown) => {
      throw error;
    },
    locateFile: (file: string) => file,
    API: {
      runtimeEnv: { IN_BROWSER: true, IN_BROWSER_WEB_WORKER: true },
      config: {
        jsglobals: {},
        env: {},
        packages: [],
        indexURL: '/',
        lockFileURL: '',
        args: [],
        fullStdLib: false,
        _makeSnapshot: false,
        BUILD_ID: '',
      },
      lockFilePromise: new Promise(() => undefined),
    },
  };
  const started = new Promise<void>((resolve, reject) => {
    settings['instantiateWasm'] = (
      info: WebAssembly.Imports & { env: Record<string, unknown> },
      receive: (instance: { exports: WebAssembly.Exports }, module: WebAssembly.Module) => void,
    ) => {
      const marker = Symbol('error');
      info.env['Jsv_GetError_import'] = () => marker;
      info.env['JsvError_Check'] = (value: unknown) => (value === marker ? 1 : 0);
      const virtual: Record<string, ImportFunction> = {
        ...createSyscalls(world),
        emscripten_resize_heap: resize,
        _Py_CheckEmscriptenSignals_Helper: () => (listener ? listener.signal() : 0),
        emscripten_get_heap_max: () => Math.min(memoryLimit, 2 ** 31),
      };
      gate.wrap(info.env, PYTHON_POLICY, virtual);
      WebAssembly.instantiate(module, info).then((instance) => {
        exports = instance.exports;
        memory = exportOf(instance.exports, 'memory', WebAssembly.Memory);
        gate.connect(instance.exports);
        receive({ exports: gluedExports(instance.exports) }, module);
        resolve();
      }, reject);
      return {};
    };
  });
  const opened = openGlue(glue, () => gate.mode === 'guest')(settings);
  await Promise.race([Promise.all([started, opened]), started.then(() => opened)]);
  if (!memory || !exports) throw new Error('python: the module was not instantiated');
  const found = exports;
  const linear = memory;
  return {
    gate,
    world,
    clock,
    memory: linear,
    table: exportOf(found, '__indirect_function_table', WebAssembly.Table),
    // The module's shadow stack pointer, an i32.
    stackPointer: exportOf(found, '__stack_pointer', WebAssembly.Global) as WebAssembly.Global<'i32'>,
    call,
    address: (name) => Number(exportOf(found, name, WebAssembly.Global).value),
    setListener: (next) => (listener = next),
    setStep: (json) => (step = new Uint8Array(json)),
    setMemoryLimit: (bytes) => (memoryLimit = bytes),
    takeMemoryRefusal: () => {
      const refused = memoryRefusal;
      memoryRefusal = null;
      return refused;
    },
    allocateString: (text) => {
      const bytes = new TextEncoder().encode(`${text}\0`);
      const address = call('malloc', bytes.length) >>> 0;
      if (address === 0) throw new Error('python: no memory for a string');
      new Uint8Array(linear.buffer).set(bytes, address);
      return address;
    },
  };
}

function exportOf<T>(exports: WebAssembly.Exports, name: string, kind: new (...args: never[]) => T): T {
  const value = exports[name];
  if (!(value instanceof kind)) throw new TypeError(`python: the module has no ${kind.name} ${name}`);
  return value;
}

/**
 * The exports as the glue may see them. Without the counters, which its code for global offsets cannot take. And with
 * the function table's own object for each function: the glue finds addresses by identity, and JavaScriptCore gives an
 * export and its table entry different objects.
 */
function gluedExports(exports: WebAssembly.Exports): WebAssembly.Exports {
  const table = exports['__indirect_function_table'];
  const byName = new Map<string, unknown>();
  if (table instanceof WebAssembly.Table) {
    for (let i = 0; i < table.length; i++) {
      const entry: unknown = table.get(i);
      if (typeof entry === 'function') byName.set(entry.name, entry);
    }
  }
  const seen: Record<string, WebAssembly.ExportValue> = {};
  for (const [name, value] of Object.entries(exports)) {
    if (name === '__fuel' || name === '__depth') continue;
    // A table entry of the same name is the same function.
    seen[name] =
      typeof value === 'function' ? ((byName.get(value.name) as WebAssembly.ExportValue | undefined) ?? value) : value;
  }
  return seen;
}

/** The current step: read from its start to its end, once; the host winds it back for the next. */
function stepDevice(rest: () => Uint8Array, setRest: (bytes: Uint8Array<ArrayBuffer>) => void): Device {
  return {
    rdev: 0x3c01,
    seekable: false,
    fuelPerByteRead: 0,
    read(target) {
      const bytes = rest();
      const count = Math.min(bytes.length, target.length);
      target.set(bytes.subarray(0, count));
      setRest(bytes.slice(count));
      return count;
    },
    write: () => 0,
  };
}
