/**
 * Turns an engine's Emscripten glue into a script that sees nothing of its host: every global it could reach is a
 * parameter of the function around it. Nothing of the host's realm is patched, and nothing of it leaks in.
 */

/** Names that the glue may not take from the realm it runs in. What `glueScope` leaves out is `undefined` to it. */
const SHADOWED = [
  'globalThis', 'window', 'self', 'global', 'process', 'require', 'module', 'exports', '__dirname', '__filename',
  'Date', 'Math', 'performance', 'crypto', 'WebAssembly', 'FinalizationRegistry', 'WeakRef', 'Intl',
  'XMLHttpRequest', 'fetch', 'importScripts', 'navigator', 'document', 'location', 'WebSocket', 'Worker', 'URL', 'Blob',
  'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate', 'queueMicrotask',
  'requestAnimationFrame', 'postMessage', 'addEventListener', 'MessageChannel', 'BroadcastChannel', 'indexedDB', 'caches',
  'Atomics', 'SharedArrayBuffer', 'console', 'print', 'printErr', 'read', 'readline', 'quit', 'alert', 'prompt', 'refuseImport',
] as const; // prettier-ignore

/** Where a glue script leaves its function, by engine; the sandbox script takes it from there and deletes the table. */
export const GLUE_TABLE = 'praxisGlue';

/**
 * @param engine key in the table
 * @param source text of a script that leaves one function as its default export, or as a global, by name
 * @returns a classic script
 */
export function glueScript(engine: string, source: string): string {
  const exported = /(?:export\s*(?:default\s+(\w+)|\{\s*(\w+) as default\s*\})|globalThis\.\w+ = (\w+));?\s*$/.exec(
    source,
  );
  const name = exported?.[1] ?? exported?.[2] ?? exported?.[3];
  if (!exported || !name) throw new Error(`glue of ${engine}: expected one default export by name at its end`);
  const body = source
    .slice(0, exported.index)
    .replaceAll('import.meta.url', '"glue:"')
    .replace(/\bimport\s*\(/g, 'refuseImport(');
  // A static import or export that is left over would end the script with a SyntaxError; say so here.
  if (/(?:^|[;}\n])\s*import\s*(?:[\w$*{][^;'"]*\sfrom\s*)?['"]/.test(body) || /(?:^|[;}\n])export\s/.test(body)) {
    throw new Error(`glue of ${engine}: expected no other imports or exports`);
  }
  return [
    `(globalThis.${GLUE_TABLE} ??= Object.create(null))[${JSON.stringify(engine)}] = function (${SHADOWED.join(', ')}) {`,
    '"use strict";',
    body,
    `return ${name};`,
    '};',
    '',
  ].join('\n');
}

// What the glue's function takes and gives is its own business; engines know what they ask of it.
export type GlueFunction = (
  ...scope: unknown[]
) => (settings: Record<string, unknown>) => Promise<Record<string, unknown>>;

/**
 * Calls the glue's function with a deterministic scope.
 * @param looksForWorker whether the glue finds out by itself where it is, and must find a worker
 */
export function openGlue(
  glue: GlueFunction,
  refuseModules: () => boolean,
  looksForWorker: boolean,
): ReturnType<GlueFunction> {
  const scope = { ...glueScope(refuseModules), ...(looksForWorker ? WORKER_SCOPE : {}) };
  return glue(...SHADOWED.map((name) => scope[name]));
}

const WORKER_SCOPE: Readonly<Record<string, unknown>> = {
  self: { location: { href: 'glue:' } },
  importScripts: () => {
    throw new Error('glue: scripts are refused');
  },
};

/** The instant that glue sees as now. Guests never do: their clocks are the gate's. */
const GLUE_NOW_MS = 1_700_000_000_000;

function glueScope(refuseModules: () => boolean): Record<string, unknown> {
  const nothing = () => undefined;
  const scope: Record<string, unknown> = {
    Date: fixedDate(),
    Math: fixedMath(),
    performance: { now: () => 1000 },
    WebAssembly: restrictedWebAssembly(refuseModules),
    FinalizationRegistry: class {
      register = nothing;
      unregister = nothing;
    },
    WeakRef,
    URL,
    console: {
      log: nothing,
      warn: nothing,
      error: nothing,
      info: nothing,
      debug: nothing,
      trace: nothing,
      assert: nothing,
    },
    // The glue hangs properties on some of these, so each is a function of its own.
    setTimeout: () => 0,
    clearTimeout: () => undefined,
    setInterval: () => 0,
    clearInterval: () => undefined,
    setImmediate: () => 0,
    clearImmediate: () => undefined,
    queueMicrotask: (task: () => void) => void Promise.resolve().then(task),
    refuseImport: () => Promise.reject(new Error('glue: module imports are refused')),
  };
  scope['globalThis'] = { ...scope, TextDecoder, TextEncoder, BigInt64Array, BigUint64Array };
  return scope;
}

/** One instant, and UTC as local time. */
function fixedDate(): DateConstructor {
  class FixedDate extends Date {
    constructor(...parts: number[]) {
      if (parts.length > 1) {
        const [year = 0, month = 0, ...rest] = parts;
        super(Date.UTC(year, month, ...rest));
      } else {
        super(parts[0] ?? GLUE_NOW_MS);
      }
    }
    static override now(): number {
      return GLUE_NOW_MS;
    }
    override getTimezoneOffset(): number {
      return 0;
    }
  }
  for (const key of Object.getOwnPropertyNames(Date.prototype)) {
    const match = /^([gs]et)UTC(.*)$/.exec(key);
    if (match) {
      Object.defineProperty(FixedDate.prototype, `${match[1]}${match[2]}`, { value: Reflect.get(Date.prototype, key) });
    }
  }
  // Callable without `new` is the one thing it lacks, and the glue does not do that.
  return FixedDate as unknown as DateConstructor;
}

function fixedMath(): Record<string, unknown> {
  const math: Record<string, unknown> = {};
  for (const key of Object.getOwnPropertyNames(Math)) math[key] = Reflect.get(Math, key);
  let state = 42;
  math['random'] = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
  return math;
}

/** Largest module that the glue makes for itself: a thunk that gives a JavaScript function a WebAssembly type. */
const MAX_THUNK_BYTES = 300;

/**
 * WebAssembly as the glue may use it: it links, but compiles thunks only. Without JavaScript promise integration and
 * garbage-collected types, which engines have or lack, so that every engine takes the same path.
 */
function restrictedWebAssembly(refuseModules: () => boolean): Record<string, unknown> {
  const { Memory, Table, Global, Tag, Exception, Instance, RuntimeError, CompileError, LinkError } = WebAssembly;
  const Module = new Proxy(WebAssembly.Module, {
    construct(target, [source]: [BufferSource]) {
      const bytes =
        source instanceof ArrayBuffer
          ? new Uint8Array(source)
          : new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
      if (refuseModules() || bytes.length > MAX_THUNK_BYTES || probesGarbageCollection(bytes)) {
        throw new WebAssembly.CompileError('glue: this module is refused');
      }
      return new target(source);
    },
  });
  return { Memory, Table, Global, Tag, Exception, Instance, RuntimeError, CompileError, LinkError, Module };
}

/** `ref.test` (0xfb 0x14): CPython's trampoline probe. Newer engines have it, Node 20 lacks it. */
function probesGarbageCollection(bytes: Uint8Array): boolean {
  for (let i = 8; i + 1 < bytes.length; i++) if (bytes[i] === 0xfb && bytes[i + 1] === 0x14) return true;
  return false;
}
