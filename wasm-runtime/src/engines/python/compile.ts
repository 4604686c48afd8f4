/**
 * Compiles modules, so that nobody who imports them has to: nine tenths of a boot from sources is compiling, and most of any import.
 * CPython itself does it, metered and on the virtual world, so the bytes are always the same. Part of the environment build.
 */
import type { ImageFile } from '../../environment/image.ts';
import { callMethod, startPython } from './boot.ts';
import { BOOT_IMPORTS, type SnapshotParts } from './build.ts';
import { GUEST_LIBRARY } from './instance.ts';
import { interpreterOf } from './interpreters.ts';

const SCRIPT_MODULE = 'compile_boot';
const TARGET = '/tmp/compiled';

/** Of the standard library, what programs import now and then. */
const LIKELY: readonly string[] = [
  'argparse', 'array', 'ast', 'base64', 'calendar', 'cmath', 'cmd', 'code', 'codecs', 'collections', 'colorsys', 'configparser',
  'contextvars', 'email.message', 'fileinput', 'getopt', 'glob', 'graphlib', 'gzip', 'hmac', 'html.parser', 'importlib.metadata',
  'importlib.resources', 'ipaddress', 'keyword', 'locale', 'logging.config', 'mimetypes', 'numbers', 'optparse', 'pickletools', 'platform',
  'queue', 'reprlib', 'sched', 'secrets', 'shelve', 'shlex', 'shutil', 'sqlite3', 'symtable', 'tarfile', 'timeit', 'tomllib', 'types',
  'unittest.mock', 'urllib.parse', 'uuid', 'wave', 'xml.dom.minidom', 'xml.etree.ElementTree', 'xml.sax', 'zipfile',
]; // prettier-ignore

export interface CompileModules extends SnapshotParts {
  /** `compile_boot.py` */
  script: Uint8Array;
  /** Programs of Python: what they import is compiled. */
  samples: readonly string[];
  /** More modules that are compiled. */
  likely: readonly string[];
}

export interface CompiledModule {
  source: string;
  /** Where CPython looks for it beside a source that is a file of its own. */
  cache: string;
  /** A `.pyc`. */
  bytes: Uint8Array;
}

/** Modules by the first who imports them. */
export interface Compiled {
  /** A boot's imports and CPython's own start. */
  boot: CompiledModule[];
  /** The samples. */
  samples: CompiledModule[];
  /** Nobody yet. */
  likely: CompiledModule[];
  /** Paths of the libraries that a boot opens. */
  openedByBoot: ReadonlySet<string>;
  /** Files that packages wrote when they were imported by a boot, and then find when they are imported again. */
  made: ImageFile[];
}

/** @throws Error with what Python says, when something cannot be imported, or a sample fails */
export async function compileModules(options: CompileModules): Promise<Compiled> {
  const { imports = [], script, samples, likely, ...parts } = options;
  const task = [
    [...BOOT_IMPORTS, ...imports],
    [...LIKELY, ...likely],
    samples,
    TARGET,
    interpreterOf(parts.module).sitePackages,
  ];
  const files = [
    ...parts.files,
    { path: `${GUEST_LIBRARY}/${SCRIPT_MODULE}.py`, bytes: script },
    { path: `${GUEST_LIBRARY}/compile.json`, bytes: new TextEncoder().encode(JSON.stringify(task)) },
  ];
  const { python } = await startPython({ ...parts, files });
  let printed = '';
  python.setListener({
    output: (_name, bytes) => (printed += new TextDecoder().decode(bytes)),
    readLine: () => null,
    message: () => undefined,
    signal: () => 0,
  });
  const check = (result: number): number => {
    if (result !== 0) return result;
    python.call('PyErr_Print');
    throw new Error(`python: compiling the library failed\n${printed}`);
  };
  const tree = python.world.files;
  // Written by the script.
  const listed = (name: string): unknown => JSON.parse(new TextDecoder().decode(tree.readFile(`${TARGET}/${name}`)));
  const module = check(python.importModule(SCRIPT_MODULE));
  const stage = (name: 'boot' | 'samples' | 'likely'): CompiledModule[] => {
    check(callMethod(python, module, name));
    return (listed(`${name}/names.json`) as [string, string][]).map(([source, cache], index) => ({
      source,
      cache,
      bytes: tree.readFile(`${TARGET}/${name}/${index}`),
    }));
  };
  const boot = stage('boot');
  const openedByBoot = new Set(python.libraries.save().opened.map(({ path }) => path));
  const made = (listed('made.json') as string[]).map((path) => ({ path, bytes: tree.readFile(path) }));
  return { boot, openedByBoot, made, samples: stage('samples'), likely: stage('likely') };
}
