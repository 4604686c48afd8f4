/**
 * Starts a CPython from nothing, with Emscripten's glue: `main` runs, and the standard library is there. Only so is a snapshot
 * made; whoever runs programs restores one, without the glue (`link.ts`).
 */
import type { ImageFile } from '../../environment/image.ts';
import { PYTHON_POLICY } from '../../gate/policy.ts';
import { COUNTER_EXPORT } from '../../meter/counter.ts';
import { openGlue, type GlueFunction } from '../glue.ts';
import { Python } from './instance.ts';
import { recordLink, type PythonLink } from './link.ts';

export interface BootedPython {
  python: Python;
  link: PythonLink;
}

export async function startPython(
  glue: GlueFunction,
  module: WebAssembly.Module,
  files: readonly ImageFile[],
): Promise<BootedPython> {
  const python = new Python(files);
  const settings = glueSettings();
  let imports: WebAssembly.Imports = {};
  const started = new Promise<void>((resolve, reject) => {
    settings['instantiateWasm'] = (
      info: WebAssembly.Imports & { env: Record<string, unknown> },
      receive: (instance: { exports: WebAssembly.Exports }, module: WebAssembly.Module) => void,
    ) => {
      const marker = Symbol('error');
      info.env['Jsv_GetError_import'] = () => marker;
      info.env['JsvError_Check'] = (value: unknown) => (value === marker ? 1 : 0);
      python.gate.wrap(info.env, PYTHON_POLICY, python.virtual);
      imports = info;
      WebAssembly.instantiate(module, info).then((instance) => {
        python.connect(instance.exports);
        receive({ exports: gluedExports(instance.exports) }, module);
        resolve();
      }, reject);
      return {};
    };
  });
  const opened = openGlue(glue, () => python.gate.mode === 'guest')(settings);
  await Promise.all([started, opened]);
  return { python, link: recordLink(module, imports) };
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
