/** Starts a QuickJS, lets the prelude run in it, and finds what the host calls later. Part of the environment build. */
import type { QuickJs } from './instance.ts';
import { BUILT_IN } from './modules.ts';

/** The prelude's files in the order in which they run; each is an expression whose value is a function. */
export const GUEST_FILES = [
  'primordials.js',
  'channel.js',
  'text.js',
  'layout.js',
  'inspect.js',
  'console.js',
  'web.js',
  'display.js',
  'inputs.js',
  'time.js',
  'modules.js',
  'ask.js',
  'step.js',
] as const;
export type GuestFile = (typeof GUEST_FILES)[number] | (typeof BUILT_IN)[keyof typeof BUILT_IN];
/** Every file of `guest/`. */
export const ALL_GUEST_FILES: readonly GuestFile[] = [...GUEST_FILES, ...Object.values(BUILT_IN)];

/** Functions of `guest/step.js` that the host calls. */
export const ENTRIES = [
  'begin', 'prepare', 'lexicals', 'dropLexicals', 'completion', 'showResult', 'fail', 'rejection', 'failUnhandled', 'failStuck',
  'runTimer', 'ended', 'ask', 'syntaxPlace', 'importAll', 'refuseImport',
] as const; // prettier-ignore
export type Entry = (typeof ENTRIES)[number];

/** Addresses that the host needs: values of the guest, and fields of the engine's structures. */
export const POINTERS = [
  'runtime',
  'context',
  'globals',
  'lexical_scope',
  'random_state',
  'job_context',
  ...ENTRIES,
] as const;
export type Pointers = Record<(typeof POINTERS)[number], number>;

/**
 * Bytes of the C stack that JavaScript may use: about 550 plain calls deep, after which a program gets an InternalError
 * that it can catch. The worker of a Chromium holds 660 to 1,200 such calls, Node's default stack twice as many; what
 * recurses without this check is stopped by `MAX_DEPTH`.
 */
const STACK_BYTES = 112 << 10;
/** Counted frames: more than what `STACK_BYTES` lets ordinary recursion use, fewer than the smallest native stack holds. */
export const JAVASCRIPT_MAX_DEPTH = 1250;

export function bootQuickJs(engine: QuickJs, guest: Readonly<Record<GuestFile, string>>): Pointers {
  engine.call('__wasm_call_ctors');
  const runtime = engine.call('QTS_NewRuntime') >>> 0;
  const context = engine.call('QTS_NewContext', runtime, 0) >>> 0;
  engine.call('QTS_RuntimeSetMaxStackSize', runtime, STACK_BYTES);
  const globals = engine.call('QTS_GetGlobalObject', context) >>> 0;
  const fields = findFields(engine, runtime, context, globals);
  engine.memory.setUint32(fields.tracker, engine.tracker);

  const send = engine.call('QTS_NewFunction', context, engine.allocateText('send').address, 0, 0, 1) >>> 0;
  let praxis = 0;
  let entries = 0;
  for (const file of GUEST_FILES) {
    const install = expectValue(
      engine,
      context,
      engine.evaluate(context, guest[file], `praxis:${file}`, 'plain'),
      file,
    );
    const answer = expectValue(engine, context, engine.apply(context, install, praxis === 0 ? send : praxis), file);
    engine.call('QTS_FreeValuePointer', context, install);
    if (praxis === 0) praxis = answer;
    else entries = answer;
  }
  for (const [name, file] of Object.entries(BUILT_IN)) {
    const namespace = expectValue(engine, context, engine.evaluate(context, guest[file], name, 'module'), file);
    engine.call('QTS_FreeValuePointer', context, namespace);
  }
  engine.call('QTS_RuntimeEnableModuleLoader', runtime, 1);
  const pointers: Record<string, number> = {
    runtime,
    context,
    globals,
    lexical_scope: fields.lexicals,
    random_state: fields.random,
    job_context: engine.allocateBytes(new Uint8Array(4)),
  };
  for (const name of ENTRIES) {
    const key = engine.allocateText(name);
    const atom = engine.call('QTS_NewString', context, key.address);
    pointers[name] = engine.call('QTS_GetProp', context, entries, atom) >>> 0;
    engine.call('QTS_FreeValuePointer', context, atom);
    engine.call('free', key.address);
  }
  return readPointers(pointers);
}

/** Entries that environments from before there were questions and modules lack. */
const LATER: readonly string[] = ['ask', 'syntaxPlace', 'importAll', 'refuseImport'];

/** @throws TypeError when one is missing */
export function readPointers(pointers: Readonly<Record<string, number>>): Pointers {
  for (const name of POINTERS)
    if (!pointers[name] && !LATER.includes(name)) throw new TypeError(`quickjs: the snapshot lacks ${name}`);
  // Looked at above.
  return pointers as Pointers;
}

/** The places of fields that the C interface hides, found by values that it shows. */
function findFields(
  engine: QuickJs,
  runtime: number,
  context: number,
  globals: number,
): { lexicals: number; random: number; tracker: number } {
  const { layout } = engine.link;
  // The context holds the global object's value, and beside it what is looked for.
  const wanted = engine.memory.view(globals, 8).getBigUint64(0, true);
  const inContext = searchField(context, (address) => engine.memory.view(address, 8).getBigUint64(0, true) === wanted);
  // Setting the interrupt handler changes one field of the runtime.
  const before = engine.memory.bytes(runtime, SEARCHED_BYTES).slice();
  engine.call('QTS_RuntimeEnableInterruptHandler', runtime);
  const view = new DataView(before.buffer);
  const handler = searchField(runtime, (address) => {
    return engine.memory.view(address, 4).getUint32(0, true) !== view.getUint32(address - runtime, true);
  });
  engine.call('QTS_RuntimeDisableInterruptHandler', runtime);
  return {
    lexicals: inContext + layout.context_lexicals,
    random: inContext + layout.context_random,
    tracker: handler + layout.runtime_tracker,
  };
}

const SEARCHED_BYTES = 512;

function searchField(start: number, matches: (address: number) => boolean): number {
  for (let address = start; address < start + SEARCHED_BYTES; address += 4) if (matches(address)) return address;
  throw new Error('quickjs: its structures are not laid out as expected');
}

/** @throws Error when the value stands for an exception, or there was no memory for it */
export function expectValue(engine: QuickJs, context: number, value: number, file: string): number {
  const exception = value === 0 ? 0 : engine.call('QTS_ResolveException', context, value) >>> 0;
  if (value !== 0 && exception === 0) return value;
  throw new Error(`quickjs: ${file} failed${exception === 0 ? '' : `: ${describe(engine, context, exception)}`}`);
}

/** Message and frames of an exception, for whoever builds. */
function describe(engine: QuickJs, context: number, exception: number): string {
  const property = (name: string) => {
    const key = engine.call('QTS_NewString', context, engine.allocateText(name).address);
    return engine.values.text(engine.call('QTS_GetProp', context, exception, key) >>> 0, 10_000) ?? '';
  };
  return `${property('name')}: ${property('message')}\n${property('stack')}`;
}
