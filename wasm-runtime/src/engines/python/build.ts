/** Boots a metered CPython once, imports what programs need most, and keeps it as a snapshot. Part of the environment build. */
import { saveFiles } from '../../gate/file-state.ts';
import type { ImageFile } from '../../environment/image.ts';
import type { Engine } from '../engine.ts';
import type { GlueFunction } from '../glue.ts';
import { packSnapshot, type SnapshotState } from '../snapshot.ts';
import { startPython } from './boot.ts';
import { openPython } from './engine.ts';
import type { Python } from './instance.ts';

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

export async function bootPython(
  glue: GlueFunction,
  module: WebAssembly.Module,
  files: readonly ImageFile[],
): Promise<PythonSnapshot> {
  const { python, state } = await startAndImport(glue, module, files);
  return { snapshot: packSnapshot(python.memory, state), language_version: versionOf(python) };
}

/** Without a snapshot: an engine that was never restored, which must do the same as all that are. */
export async function openColdPython(
  glue: GlueFunction,
  module: WebAssembly.Module,
  files: readonly ImageFile[],
): Promise<Engine> {
  const { python, state } = await startAndImport(glue, module, files);
  return openPython(python, state.pointers);
}

async function startAndImport(
  glue: GlueFunction,
  module: WebAssembly.Module,
  files: readonly ImageFile[],
): Promise<{ python: Python; state: SnapshotState }> {
  const { python, link } = await startPython(glue, module, files);
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
  for (const name of BOOT_IMPORTS) if (python.importModule(name) === 0) fail(`import ${name}`);
  const step = python.importModule('_praxis.step') || fail('import _praxis.step');
  const installed = callMethod(python, step, 'install');
  if (installed === 0) fail('install');
  const run = attribute(python, step, 'run') || fail('run');
  const begin = attribute(python, step, 'begin') || fail('begin');
  const ask = attribute(python, step, 'ask') || fail('ask');
  python.call('PyGC_Collect');
  // From here on CPython asks whether it was interrupted, in every program: the asking is part of what a step costs.
  new DataView(python.memory.buffer).setInt32(python.address('Py_EMSCRIPTEN_SIGNAL_HANDLING'), 1, true);
  const state = {
    pages: python.memory.buffer.byteLength / 65_536,
    stack_pointer: python.stackPointer.value,
    link,
    pointers: { run, begin, ask },
    boot_fuel: Number(python.gate.used()),
    files: saveFiles(python.world.files),
  };
  if (printed !== '') throw new Error(`python: the boot printed something\n${printed}`);
  return { python, state };
}

function attribute(python: Python, object: number, name: string): number {
  const text = python.allocateString(name);
  const value = python.call('PyObject_GetAttrString', object, text);
  python.call('free', text);
  return value;
}

function callMethod(python: Python, object: number, name: string): number {
  const method = attribute(python, object, name);
  return method === 0 ? 0 : python.call('PyObject_CallNoArgs', method);
}

/** From `Py_GetVersion`: "3.14.2 (main, …". */
function versionOf(python: Python): string {
  const bytes = new Uint8Array(python.memory.buffer);
  const start = python.call('Py_GetVersion') >>> 0;
  const text = new TextDecoder().decode(bytes.subarray(start, bytes.indexOf(0, start)));
  return text.split(' ', 1)[0] ?? text;
}
