/**
 * The entry of the sandbox worker in browsers: one classic script, in a worker of opaque origin. It takes one port, removes what a
 * worker can reach of its host, and serves one session.
 */
import { bytesOf, moduleOf, type Given } from '../engines/given.ts';
import { GLUE_TABLE, type GlueFunction } from '../engines/glue.ts';
import { restoreJavaScript } from '../engines/javascript/engine.ts';
import { bootPython } from '../engines/python/build.ts';
import { restorePython } from '../engines/python/engine.ts';
import { unpackImage } from '../environment/image.ts';
import { Session } from '../run/session.ts';
import type { GivenFile, WorkerFiles, WorkerHello, WorkerStart } from './frame-messages.ts';
import type { FromSandbox, InSandbox } from './protocol.ts';

const scope = globalThis as unknown as Record<string, unknown>;
// Where a snapshot is made, the glue's script comes before this one, and puts its function there.
const glue = scope[GLUE_TABLE] as Record<string, GlueFunction> | undefined;
delete scope[GLUE_TABLE];

/** What stays: the language itself, and what the session and the engines use. */
const KEPT = new Set([
  'Object', 'Function', 'Array', 'Number', 'parseFloat', 'parseInt', 'Infinity', 'NaN', 'undefined', 'Boolean', 'String',
  'Symbol', 'Date', 'Promise', 'RegExp', 'Error', 'AggregateError', 'EvalError', 'RangeError', 'ReferenceError',
  'SyntaxError', 'TypeError', 'URIError', 'globalThis', 'JSON', 'Math', 'Intl', 'ArrayBuffer', 'Atomics', 'Uint8Array',
  'Int8Array', 'Uint16Array', 'Int16Array', 'Uint32Array', 'Int32Array', 'Float16Array', 'Float32Array', 'Float64Array',
  'Uint8ClampedArray', 'BigUint64Array', 'BigInt64Array', 'DataView', 'Map', 'BigInt', 'Set', 'Iterator', 'WeakMap',
  'WeakSet', 'WeakRef', 'Proxy', 'Reflect', 'FinalizationRegistry', 'decodeURI', 'decodeURIComponent', 'encodeURI',
  'encodeURIComponent', 'escape', 'unescape', 'isFinite', 'isNaN', 'SharedArrayBuffer', 'WebAssembly', 'SuppressedError',
  'DisposableStack', 'AsyncDisposableStack', 'TextEncoder', 'TextDecoder', 'URL', 'performance', 'crypto', 'console',
  'queueMicrotask', 'self',
]); // prettier-ignore

/** A second wall: guests are WebAssembly and never see this realm. */
function removeCapabilities(): void {
  for (
    let holder: object | null = globalThis;
    holder && holder !== Object.prototype;
    holder = Reflect.getPrototypeOf(holder) as object | null
  ) {
    for (const name of Object.getOwnPropertyNames(holder)) {
      if (KEPT.has(name) || name === 'constructor') continue;
      try {
        Object.defineProperty(holder, name, { value: undefined, writable: false, configurable: false });
      } catch {
        // What cannot be removed is not configurable: NaN and its like.
      }
    }
  }
}

addEventListener(
  'message',
  (event: MessageEvent<WorkerStart>) => {
    const { port, interrupts } = event.data;
    // Taken before the removal, both; the port's prototype is not among what is removed.
    const fail = reportError.bind(globalThis);
    const send = (message: FromSandbox, transfer: ArrayBuffer[]) => port.postMessage(message, transfer);
    // Engines' files come from the frame, which keeps them.
    addEventListener('message', (given: MessageEvent<WorkerFiles>) => {
      void modulesOf(given.data).then(
        (message) => session.receive(message),
        // As an error of the script, which the frame is told of.
        (error: unknown) => fail(error),
      );
    });
    addEventListener('messageerror', () => {
      throw new Error('the worker could not take its files');
    });
    removeCapabilities();
    const session = new Session({
      send(message) {
        for (const piece of message.kind === 'ahead' ? piecesOf(message) : [message]) send(piece, buffersOf(piece));
      },
      restore: { python: restorePython, javascript: restoreJavaScript },
      ...(interrupts ? { interrupts } : {}),
      async make(engine, { module, image }) {
        const found = glue?.[engine];
        if (engine !== 'python' || !found) throw new TypeError(`no snapshots of ${engine} are made here`);
        return (await bootPython({ glue: found, module: await moduleOf(module), files: unpackImage(bytesOf(image)) }))
          .snapshot;
      },
    });
    port.onmessage = (received: MessageEvent<InSandbox>) => void session.receive(received.data);
  },
  { once: true },
);
const hello: WorkerHello = { praxis: 'worker-hello' };
postMessage(hello);

/** Where a worker shares no memory with its frame, its engine's code comes as bytes, too. */
async function modulesOf({ files, ...message }: WorkerFiles): Promise<InSandbox> {
  const modules = Object.entries(files).map(
    async ([role, given]) => [role, role === 'module' ? await moduleOf(codeOf(given)) : given] as const,
  );
  // The page names the roles, and gives what its message needs.
  return { ...message, files: Object.fromEntries(await Promise.all(modules)) } as unknown as InSandbox;
}

/** @throws TypeError for libraries, which are many modules */
function codeOf(given: GivenFile): Given {
  if (given instanceof WebAssembly.Module || given instanceof Uint8Array) return given;
  throw new TypeError('the frame gives one module of code');
}

/**
 * So much of an artifact is copied out of the guest's memory and given away at once. The page, which is another process, puts one piece in
 * its place while the next is copied, and memory of this size is used again.
 */
const PIECE_BYTES = 512 << 10;

function* piecesOf(message: FromSandbox & { kind: 'ahead' }): Iterable<FromSandbox> {
  for (let at = 0; at < message.bytes.length; at += PIECE_BYTES)
    yield { ...message, bytes: message.bytes.slice(at, at + PIECE_BYTES) };
}

/** Buffers are given away instead of copied: bytes of artifacts and displays are copies of the guest's already. */
function buffersOf(message: FromSandbox): ArrayBuffer[] {
  return [...new Set(bytesIn(message).map(({ buffer }) => buffer))].filter((buffer) => buffer instanceof ArrayBuffer);
}

function bytesIn(message: FromSandbox): Uint8Array[] {
  if (message.kind === 'made') return [message.snapshot];
  if (message.kind === 'ahead') return [message.bytes];
  if (message.kind !== 'done') return [];
  const { artifacts, blobs } = message.done;
  return [...artifacts.flatMap((artifact) => ('bytes' in artifact ? [artifact.bytes] : [])), ...blobs];
}
