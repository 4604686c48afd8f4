/**
 * One QuickJS: the metered module behind the gate, driven through raw exports. The host runs none of Emscripten's glue,
 * and gives the guest one function.
 */
import { VirtualClock, type Clock } from '../../gate/clock.ts';
import { Gate } from '../../gate/gate.ts';
import { GuestMemory } from '../../gate/memory.ts';
import { createImports, REJECTION_TRACKER } from './imports.ts';
import { MEMORY_IMPORT, type ExportName, type LinkTable } from './link.ts';
import { appendToTable, TABLE_EXPORT } from './table.ts';
import { Values } from './values.ts';
import type { Snapshot } from '../snapshot.ts';

const PAGE_BYTES = 65_536;
/** What the module asks for at its start: 16 MiB. */
const INITIAL_PAGES = 256;
/** 2 GiB: the largest limit that a program may name. The limit itself is kept by `setMemoryLimit`. */
const MAXIMUM_PAGES = 32_768;
/** The instant of a boot: what a snapshot holds must not depend on any program. */
const BOOT_EPOCH_MS = 1_767_225_600_000;
/** Growing by an eighth at least keeps the number of growths small; by this much at most keeps the waste small. */
const MAX_SPARE_BYTES = 16 << 20;

/**
 * `JS_EVAL_TYPE_GLOBAL`; with `JS_EVAL_FLAG_ASYNC`: top-level await, answered by a promise of `{ value }`; with
 * `JS_EVAL_FLAG_COMPILE_ONLY` besides: nothing runs. `JS_EVAL_TYPE_MODULE`: answered by the namespace.
 */
const EVAL = { plain: 0, async: 1 << 7, compile: (1 << 7) | (1 << 5), module: 1 } as const;

/** What the guest asks of the host, and tells it. */
export interface QuickJsListener {
  call(count: number, values: number): number;
  rejected(promise: bigint, reason: bigint, handled: boolean): void;
  /** A module imports another: both names' addresses. @returns the address of the name to know it by */
  resolve(importer: number, specifier: number): number;
  /** @returns the address of the text of the module that `resolve` named last; 0 with an exception */
  load(): number;
}

export class QuickJs {
  readonly gate = new Gate();
  readonly virtualClock = new VirtualClock({ fuelUsed: () => this.gate.used(), epochMs: BOOT_EPOCH_MS });
  readonly linear = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAXIMUM_PAGES });
  readonly memory = new GuestMemory(() => this.linear);
  readonly values: Values;
  readonly link: LinkTable;
  readonly table: WebAssembly.Table;
  /** Address, in C's sense, of the promise rejection tracker. */
  readonly tracker: number;
  clock: Clock = this.virtualClock;
  readonly #exports: WebAssembly.Exports;
  #listener: QuickJsListener | undefined;
  #memoryLimit = MAXIMUM_PAGES * PAGE_BYTES;
  #refusal: number | null = null;

  constructor(module: WebAssembly.Module, link: LinkTable) {
    this.link = link;
    this.values = new Values(this.memory, link.layout);
    const functions = createImports({
      gate: this.gate,
      memory: this.memory,
      clock: () => this.clock,
      resize: (bytes) => this.#resize(bytes),
      call: (count, values) => this.#listener?.call(count, values) ?? 0,
      rejected: (promise, reason, handled) => this.#listener?.rejected(promise, reason, handled),
      normalizeModule: (importer, specifier) => this.#listener?.resolve(importer, specifier) ?? 0,
      loadModule: () => this.#listener?.load() ?? 0,
    });
    const imports: WebAssembly.ModuleImports = { [link.imports[MEMORY_IMPORT] ?? '']: this.linear };
    for (const [name, letters] of Object.entries(link.imports)) {
      const function_ = functions[name];
      if (function_) imports[letters] = function_;
    }
    this.#exports = new WebAssembly.Instance(module, { [link.module]: imports }).exports;
    this.gate.connect(this.#exports);
    const table = this.#exports[TABLE_EXPORT];
    const tracker = functions[REJECTION_TRACKER];
    if (!(table instanceof WebAssembly.Table) || !tracker)
      throw new TypeError('quickjs: the module does not export its table');
    this.table = table;
    this.tracker = appendToTable(table, tracker);
  }

  setListener(listener: QuickJsListener): void {
    this.#listener = listener;
  }

  /** Caps the linear memory, bytes. */
  setMemoryLimit(bytes: number): void {
    this.#memoryLimit = bytes;
  }

  /** The largest size that was asked for and refused since the last call, bytes. */
  takeMemoryRefusal(): number | null {
    const refused = this.#refusal;
    this.#refusal = null;
    return refused;
  }

  /** Calls an exported function: i32 and f64 as numbers. An address may come as a negative number. */
  call(name: ExportName, ...args: number[]): number {
    const function_ = this.#exports[this.link.exports[name] ?? ''];
    if (typeof function_ !== 'function') throw new TypeError(`quickjs: the module has no function ${name}`);
    // An exported function of the module takes and returns numbers.
    return (function_ as (...args: number[]) => number)(...args);
  }

  /** @returns the address of UTF-8 text that ends with NUL, and its length without it; free it. 0 where there is no room. */
  allocateText(text: string): { address: number; length: number } {
    const bytes = new TextEncoder().encode(`${text}\0`);
    return { address: this.allocateBytes(bytes), length: bytes.length - 1 };
  }

  /** @returns an address to be freed, or 0 where there is no room */
  allocateBytes(bytes: Uint8Array): number {
    const address = this.call('malloc', Math.max(1, bytes.length)) >>> 0;
    if (address === 0) return 0;
    this.gate.charge(bytes.length);
    this.memory.bytes(address, bytes.length).set(bytes);
    return address;
  }

  /** @returns address of the completion value, or of the exception value; 0 where there is no room */
  evaluate(context: number, source: string, filename: string, mode: keyof typeof EVAL): number {
    const code = this.allocateText(source);
    const name = this.allocateText(filename);
    if (code.address === 0 || name.address === 0) return 0;
    const value = this.call('QTS_Eval', context, code.address, code.length, name.address, 0, EVAL[mode]) >>> 0;
    this.call('free', code.address);
    this.call('free', name.address);
    return value;
  }

  /** Calls a function of the guest. @returns as `evaluate` does */
  apply(context: number, function_: number, ...args: number[]): number {
    const undefined_ = this.call('QTS_GetUndefined');
    if (args.length === 0) return this.call('QTS_Call', context, function_, undefined_, 0, 0) >>> 0;
    const vector = this.allocateBytes(new Uint8Array(Uint32Array.from(args).buffer));
    if (vector === 0) return 0;
    const value = this.call('QTS_Call', context, function_, undefined_, args.length, vector) >>> 0;
    this.call('free', vector);
    return value;
  }

  #resize(bytes: number): boolean {
    const size = this.linear.buffer.byteLength;
    if (bytes > this.#memoryLimit) {
      this.#refusal = Math.max(this.#refusal ?? 0, bytes);
      return false;
    }
    const target = Math.min(this.#memoryLimit, Math.max(bytes, size + Math.min(size >>> 3, MAX_SPARE_BYTES)));
    const pages = Math.ceil((target - size) / PAGE_BYTES);
    // A new page is zeroed by the engine: charged as memory.grow would be.
    this.gate.charge(pages * PAGE_BYTES);
    // Where the host has less than the program may use, this throws, and the gate says that the host failed.
    this.linear.grow(pages);
    return true;
  }
}

/**
 * Puts a snapshot into a fresh instance. All that instantiation writes, the data segments, lies within what is copied, so
 * the rest is zero already; the environment build makes sure of that. Clearing 16 MB would take longer than everything else.
 */
export function copySnapshot(engine: QuickJs, snapshot: Snapshot): void {
  const missing = snapshot.pages - engine.linear.buffer.byteLength / PAGE_BYTES;
  if (missing > 0) engine.linear.grow(missing);
  snapshot.copyInto(engine.linear);
}
