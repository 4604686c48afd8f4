/** Boots a metered CPython once, imports what programs need most, and keeps it as a snapshot. Part of the environment build. */
import { saveFiles } from '../../gate/file-state.ts';
import type { Engine } from '../engine.ts';
import { packSnapshot, type SnapshotState } from '../snapshot.ts';
import { callMethod, clearFreeMemory, startPython, type BootParts } from './boot.ts';
import { openPython } from './engine.ts';
import type { Python } from './instance.ts';
import { interpreterOf } from './interpreters.ts';

/** Imported before the snapshot: what the runner uses, and what most programs import. */
export const BOOT_IMPORTS: readonly string[] = [
  'asyncio', 'bisect', 'collections.abc', 'contextlib', 'copy', 'csv', 'dataclasses', 'datetime', 'decimal', 'enum',
  'fractions', 'functools', 'hashlib', 'heapq', 'inspect', 'itertools', 'json', 'math', 'pathlib', 'pprint', 'random',
  're', 'pydoc', 'pkgutil', 'difflib', 'statistics', 'string', 'tempfile', 'textwrap', 'time', 'traceback', 'typing', 'warnings', 'zoneinfo', '_strptime',
  'praxis', '_praxis.step',
]; // prettier-ignore

export interface PythonSnapshot {
  snapshot: Uint8Array;
  language_version: string;
}

export interface SnapshotParts extends BootParts {
  /** Modules that are imported, beside those of `BOOT_IMPORTS`. */
  imports?: readonly string[];
}

export async function bootPython(parts: SnapshotParts): Promise<PythonSnapshot> {
  const { python, state } = await startAndImport(parts);
  return { snapshot: packSnapshot(python.memory, state), language_version: versionOf(python) };
}

/** Without a snapshot: an engine that was never restored, which must do the same as all that are. */
export async function openColdPython(parts: SnapshotParts): Promise<Engine> {
  const { python, state } = await startAndImport(parts);
  return openPython(python, state.pointers, interpreterOf(parts.module).maxDepth);
}

async function startAndImport({
  imports = [],
  ...parts
}: SnapshotParts): Promise<{ python: Python; state: SnapshotState }> {
  const { python, link } = await startPython(parts);
  let printed = '';
  python.setListener({
    output: (_name, bytes) => (printed += new TextDecoder().decode(bytes)),
    readLine: () => null,
    message: () => undefined,
    signal: () => 0,
  });
  const fail = (what: string): never => {
    python.call('PyErr_Print');
    throw new Error(`python: ${what} failed during the boot\n${printed}`);
  };
  for (const name of [...BOOT_IMPORTS, ...imports]) if (python.importModule(name) === 0) fail(`import ${name}`);
  const step = python.importModule('_praxis.step') || fail('import _praxis.step');
  const installed = callMethod(python, step, 'install');
  if (installed === 0) fail('install');
  const run = python.attribute(step, 'run') || fail('run');
  const begin = python.attribute(step, 'begin') || fail('begin');
  const ask = python.attribute(step, 'ask') || fail('ask');
  python.call('PyGC_Collect');
  clearFreeMemory(python);
  // From here on CPython asks whether it was interrupted, in every program: the asking is part of what a step costs.
  new DataView(python.memory.buffer).setInt32(python.address('Py_EMSCRIPTEN_SIGNAL_HANDLING'), 1, true);
  if (!python.exceptions.atRest) throw new Error('python: the boot left an exception behind');
  const state = {
    pages: python.memory.buffer.byteLength / 65_536,
    stack_pointer: python.stackPointer.value,
    link: link(),
    pointers: { run, begin, ask, ...(python.castFunction < 0 ? {} : { cast: python.castFunction }) },
    boot_fuel: Number(python.gate.used()),
    files: saveFiles(python.world.files),
  };
  if (printed !== '') throw new Error(`python: the boot printed something\n${printed}`);
  return { python, state };
}

/** From `Py_GetVersion`: "3.14.2 (main, …". */
function versionOf(python: Python): string {
  const bytes = new Uint8Array(python.memory.buffer);
  const start = python.call('Py_GetVersion') >>> 0;
  const text = new TextDecoder().decode(bytes.subarray(start, bytes.indexOf(0, start)));
  return text.split(' ', 1)[0] ?? text;
}
