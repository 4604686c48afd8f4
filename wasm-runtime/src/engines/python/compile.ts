/**
 * Compiles what a boot imports of the standard library, so that no boot has to: nine tenths of one from sources is compiling. CPython
 * itself does it, metered and on the virtual world, so the bytes are always the same. Part of the environment build.
 */
import type { ImageFile } from '../../environment/image.ts';
import { startPython } from './boot.ts';
import { BOOT_IMPORTS, type SnapshotParts } from './build.ts';
import { GUEST_LIBRARY } from './instance.ts';
import { interpreterOf } from './interpreters.ts';

const SCRIPT_MODULE = 'compile_boot';
const TARGET = '/tmp/compiled';

export interface CompileBoot extends SnapshotParts {
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

export interface Compiled {
  /** Every module that a boot's imports and CPython's own start need, by the paths of their sources. */
  modules: CompiledModule[];
  /** Paths of the libraries that these imports open. */
  opened: ReadonlySet<string>;
  /** Files that packages wrote when they were imported, and then find when they are imported again. */
  made: ImageFile[];
}

export async function compileBoot(options: CompileBoot): Promise<Compiled> {
  const { imports = [], script, ...parts } = options;
  const task = new TextEncoder().encode(
    JSON.stringify([[...BOOT_IMPORTS, ...imports], TARGET, interpreterOf(parts.module).sitePackages]),
  );
  const files = [
    ...parts.files,
    { path: `${GUEST_LIBRARY}/${SCRIPT_MODULE}.py`, bytes: script },
    { path: `${GUEST_LIBRARY}/compile.json`, bytes: task },
  ];
  const { python } = await startPython({ ...parts, files });
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
  const [names, made] = JSON.parse(new TextDecoder().decode(tree.readFile(`${TARGET}/names.json`))) as [
    [string, string][],
    string[],
  ];
  return {
    modules: names.map(([source, cache], index) => ({ source, cache, bytes: tree.readFile(`${TARGET}/${index}`) })),
    opened: new Set(python.libraries.save().opened.map(({ path }) => path)),
    made: made.map((path) => ({ path, bytes: tree.readFile(path) })),
  };
}
