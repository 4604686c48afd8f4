/** Makes the JavaScript engine's files of an environment from QuickJS's published module and glue. */
import { meterModule } from '../../meter/index.ts';
import { packSnapshot, restoreMemory, unpackSnapshot } from '../snapshot.ts';
import { bootQuickJs, JAVASCRIPT_MAX_DEPTH, type GuestFile } from './boot.ts';
import { copySnapshot, QuickJs } from './instance.ts';
import type { LibraryName } from './libraries.ts';
import { makeLinkTable, type LinkTable } from './link.ts';
import { exportTable } from './table.ts';
import { verifyEngine } from './verify.ts';

const PAGE_BYTES = 65_536;
/** The ECMAScript edition that QuickJS 2025-09-13 says it supports. */
const LANGUAGE_VERSION = 'ES2023';

export interface JavaScriptSources {
  /** `emscripten-module.wasm` of @jitl/quickjs-wasmfile-release-sync. */
  wasm: Uint8Array;
  /** Text of its `emscripten-module.browser.mjs`: names are taken from it, and nothing of it runs. */
  glueSource: string;
  /** Text of each file in `guest/`. */
  guest: Readonly<Record<GuestFile, string>>;
  /** What its programs will find in the pack of libraries. */
  libraries?: readonly LibraryName[];
}

export interface JavaScriptFiles {
  module: Uint8Array;
  snapshot: Uint8Array;
  language_version: string;
}

/** Deterministic: the same sources give the same bytes on every engine. @throws Error when they are not of the build that this code knows */
export async function buildJavaScript({
  wasm,
  glueSource,
  guest,
  libraries = [],
}: JavaScriptSources): Promise<JavaScriptFiles> {
  const link = makeLinkTable(new Uint8Array(wasm), glueSource);
  const module = meterModule(exportTable(wasm), { maxDepth: JAVASCRIPT_MAX_DEPTH });
  const compiled = await WebAssembly.compile(module);
  const engine = new QuickJs(compiled, link);
  const pointers = bootQuickJs(engine, guest);
  const snapshot = packSnapshot(engine.linear, {
    pages: engine.linear.buffer.byteLength / PAGE_BYTES,
    stack_pointer: engine.call('emscripten_stack_get_current'),
    link,
    pointers,
    boot_fuel: Number(engine.gate.used()),
    libraries,
  });
  verifyRestoring(compiled, link, snapshot);
  verifyEngine(engine, pointers);
  return {
    module,
    snapshot,
    language_version: LANGUAGE_VERSION,
  };
}

/** @throws Error when a fresh instance with the snapshot in it differs from the engine that it was taken from */
function verifyRestoring(module: WebAssembly.Module, link: LinkTable, packed: Uint8Array): void {
  const snapshot = unpackSnapshot(packed);
  const restored = new QuickJs(module, link);
  copySnapshot(restored, snapshot);
  const quick = new BigUint64Array(restored.linear.buffer.slice(0));
  restoreMemory(restored.linear, snapshot);
  const thorough = new BigUint64Array(restored.linear.buffer);
  for (let word = 0; word < thorough.length; word++) {
    if (quick[word] !== thorough[word])
      throw new Error('quickjs: an instance writes to memory that the snapshot leaves out');
  }
}
