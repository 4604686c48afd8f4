/**
 * Starts a CPython from nothing, with Emscripten's glue: `main` runs, and the standard library is there. Only so is a snapshot
 * made; whoever runs programs restores one, without the glue (`link.ts`).
 */
import { PYTHON_POLICY, type Rule } from '../../gate/policy.ts';
import { COUNTER_EXPORT } from '../../meter/counter.ts';
import { openGlue, type GlueFunction } from '../glue.ts';
import { isOfExceptions } from './exceptions.ts';
import { MAX_MEMORY_PAGES, Python, type PythonParts } from './instance.ts';
import { interpreterOf } from './interpreters.ts';
import { recordLink, type PythonLink } from './link.ts';

/** What CPython is started from. */
export interface BootParts extends PythonParts {
  glue: GlueFunction;
  module: WebAssembly.Module;
}

export interface BootedPython {
  python: Python;
  /** How it is linked now: libraries may have been opened since the last call. */
  link: () => PythonLink;
}

/** Sizes of free pieces that are looked for. Smaller ones hold little, and there are very many. */
const LARGEST_CLEARED = 16 << 20;
const SMALLEST_CLEARED = 256;

export async function startPython({ glue, module, ...parts }: BootParts): Promise<BootedPython> {
  const python = new Python(parts);
  const settings = glueSettings();
  const { importedMemoryPages: initial, looksForWorker } = interpreterOf(module);
  if (initial > 0) settings['wasmMemory'] = new WebAssembly.Memory({ initial, maximum: MAX_MEMORY_PAGES });
  let imports: WebAssembly.Imports = {};
  const started = new Promise<void>((resolve, reject) => {
    settings['instantiateWasm'] = (
      info: WebAssembly.Imports & { env: Record<string, unknown> },
      receive: (instance: { exports: WebAssembly.Exports }, module: WebAssembly.Module) => void,
    ) => {
      const marker = Symbol('error');
      info.env['Jsv_GetError_import'] = () => marker;
      info.env['JsvError_Check'] = (value: unknown) => (value === marker ? 1 : 0);
      const policy: Record<string, Rule> = { ...PYTHON_POLICY };
      for (const name of Object.keys(info.env).filter(isOfExceptions)) {
        // The glue reads the type of a function from it.
        const sig: unknown = Reflect.get(Object(info.env[name]), 'sig');
        info.env[name] = Object.assign(python.exceptions.import(name), { sig });
        policy[name] = 'raw';
      }
      python.gate.wrap(info.env, policy, python.virtual);
      imports = info;
      WebAssembly.instantiate(module, info).then((instance) => {
        python.connect(instance.exports, info.env as WebAssembly.ModuleImports);
        receive({ exports: gluedExports(instance.exports) }, module);
        resolve();
      }, reject);
      return {};
    };
  });
  const opened = openGlue(glue, () => python.gate.mode === 'guest', looksForWorker)(settings);
  await Promise.all([started, opened]);
  if (parts.libraries) python.castFunction = addressOfCast(python);
  return { python, link: () => recordLink(module, imports, python) };
}

/** Calls a method of an object, without arguments. @returns address of the result; 0 where it fails, and Python then knows why */
export function callMethod(python: Python, object: number, name: string): number {
  const method = python.attribute(object, name);
  return method === 0 ? 0 : python.call('PyObject_CallNoArgs', method);
}

/**
 * Overwrites with zeros what has been freed: all that the allocator can give without growing, the largest pieces first. What nobody can
 * read any more would be stored, fetched, hashed and copied with a snapshot.
 */
export function clearFreeMemory(python: Python): void {
  python.setMemoryLimit(python.memory.buffer.byteLength);
  const taken: number[] = [];
  for (let size = LARGEST_CLEARED; size >= SMALLEST_CLEARED; size >>>= 1) {
    for (;;) {
      const address = python.call('malloc', size) >>> 0;
      if (address === 0) break;
      new Uint8Array(python.memory.buffer, address, size).fill(0);
      taken.push(address);
    }
  }
  for (const address of taken) python.call('free', address);
  python.takeMemoryRefusal();
  python.setMemoryLimit(Infinity);
}

function glueSettings(): Record<string, unknown> {
  return {
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
    if (name === COUNTER_EXPORT) continue;
    // A table entry of the same name is the same function.
    seen[name] =
      typeof value === 'function' ? ((byName.get(value.name) as WebAssembly.ExportValue | undefined) ?? value) : value;
  }
  return seen;
}

/** Some libraries call it when they are imported. @throws Error where this CPython has no `ctypes` */
function addressOfCast(python: Python): number {
  const module = python.importModule('_ctypes');
  const address = module === 0 ? 0 : python.attribute(module, '_cast_addr');
  if (address === 0) throw new Error('python: it has no ctypes');
  return python.call('PyLong_AsVoidPtr', address);
}
