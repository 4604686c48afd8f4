/**
 * Compiles what a boot imports of the standard library, so that no boot has to: nine tenths of one from sources is compiling. CPython
 * itself does it, metered and on the virtual world, so the bytes are always the same. Part of the environment build.
 */
import type { ImageFile } from '../../environment/image.ts';
import type { GlueFunction } from '../glue.ts';
import { startPython } from './boot.ts';
import { BOOT_IMPORTS } from './build.ts';
import { GUEST_LIBRARY } from './instance.ts';

const SCRIPT_MODULE = 'compile_boot';
const TARGET = '/tmp/compiled';

export interface CompileBoot {
  glue: GlueFunction;
  module: WebAssembly.Module;
  /** Sources. */
  files: readonly ImageFile[];
  /** `compile_boot.py` */
  script: Uint8Array;
}

export interface CompiledModule {
  source: string;
  /** Where CPython looks for it beside a source that is a file of its own. */
  cache: string;
  /** A `.pyc`. */
  bytes: Uint8Array;
}

/** @returns every module that a boot's imports and CPython's own start need, by the paths of their sources */
export async function compileBoot(options: CompileBoot): Promise<CompiledModule[]> {
  const { glue, module, files, script } = options;
  const task = new TextEncoder().encode(JSON.stringify([BOOT_IMPORTS, TARGET]));
  const { python } = await startPython(glue, module, [
    ...files,
    { path: `${GUEST_LIBRARY}/${SCRIPT_MODULE}.py`, bytes: script },
    { path: `${GUEST_LIBRARY}/compile.json`, bytes: task },
  ]);
  let printed = '';
  python.setListener({
    output: (_name, bytes) => (printed += new TextDecoder().decode(bytes)),
    readLine: () => null,
    message: () => undefined,
    signal: () => 0,
  });
  if (python.importModule(SCRIPT_MODULE) === 0) {
    python.call('PyErr_Print');
    throw new Error(`python: compiling the library failed\n${printed}`);
  }
  const tree = python.world.files;
  // Written by the script.
  const names = JSON.parse(new TextDecoder().decode(tree.readFile(`${TARGET}/names.json`))) as [string, string][];
  return names.map(([source, cache], index) => ({ source, cache, bytes: tree.readFile(`${TARGET}/${index}`) }));
}
