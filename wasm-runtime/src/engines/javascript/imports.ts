/** The imports of QuickJS, all 19 functions of them, and what each may do. The guest is hostile, and so is every argument. */
import { toCalendar } from '../../gate/calendar.ts';
import type { Clock } from '../../gate/clock.ts';
import type { Gate, ImportFunction } from '../../gate/gate.ts';
import type { GuestMemory } from '../../gate/memory.ts';
import type { Policy } from '../../gate/policy.ts';
import { TM_BYTES, writeTm, writeTmZone } from '../../gate/structs.ts';
import { GuestTrap } from '../../gate/trap.ts';

/**
 * By the names of their C functions: how the glue of @jitl/quickjs-wasmfile-release-sync 0.32.0 begins each, its
 * letter first. A build whose glue differs is refused when an environment is made.
 */
export const JAVASCRIPT_IMPORTS: Readonly<Record<string, string>> = {
  __assert_fail: 'b:(a,d,b,e)=>L(`Assertion failed',
  fd_write: 'c:(a,d,b,e)=>{for(var f=0,g=0;g<b;g++){',
  fd_close: 'd:()=>52,',
  environ_get: 'e:(a,d)=>{var b=0,e=0,f;for(f of pa()){',
  environ_sizes_get: 'f:(a,d)=>{var b=pa();',
  qts_host_normalize_module: 'g:function(a,d,b,e){b=R(b);e=R(e);return c.callbacks.normalizeModule(',
  qts_host_load_module_source: 'h:function(a,d,b){b=R(b);return c.callbacks.loadModuleSource(',
  qts_host_interrupt_handler: 'i:function(a){return c.callbacks.shouldInterrupt(',
  _setitimer_js: 'j:(a,d)=>{T[a]&&(clearTimeout(',
  emscripten_resize_heap: 'k:a=>{var d=G.length;a>>>=0;if(2147483648<a)return!1;',
  _emscripten_runtime_keepalive_clear: 'l:()=>{Q=!1;S=0}',
  _localtime_js: 'm:function(a,d){a=-9007199254740992>a||9007199254740992<a?NaN:Number(a);a=new Date(1E3*a);',
  _tzset_js: 'n:(a,d,b,e)=>{var f=(new Date).getFullYear(),',
  fd_seek: 'o:function(){return 70}',
  emscripten_date_now: 'p:()=>Date.now()',
  _abort_js: 'q:()=>L("")',
  proc_exit: 'r:na,',
  qts_host_call_function: 's:function(a,d,b,e,f){return c.callbacks.callFunction(',
  qts_host_ref_free: 't:function(a,d){c.callbacks.freeHostRef(',
};

/** The twentieth, which the host puts into the function table: QuickJS calls it when a promise is rejected without a handler. */
export const REJECTION_TRACKER = 'promise_rejection_tracker';

/** What is not named is fatal: files, timers, exit, the interrupt handler. Nothing in QuickJS needs them. */
export const JAVASCRIPT_POLICY: Policy = Object.freeze({
  emscripten_date_now: 'virtual',
  _localtime_js: 'virtual',
  _tzset_js: 'virtual',
  environ_get: 'virtual',
  environ_sizes_get: 'virtual',
  emscripten_resize_heap: 'virtual',
  qts_host_call_function: 'virtual',
  qts_host_ref_free: 'virtual',
  [REJECTION_TRACKER]: 'virtual',
  __assert_fail: 'virtual',
  _abort_js: 'virtual',
  qts_host_normalize_module: 'virtual',
  qts_host_load_module_source: 'virtual',
});

export interface ImportHost {
  readonly gate: Gate;
  readonly memory: GuestMemory;
  clock(): Clock;
  /** Grows the linear memory to at least so many bytes; false when it may not. */
  resize(bytes: number): boolean;
  /** The guest calls its one host function: `count` values from address `values`. Answers the address of a value, or 0 for undefined. */
  call(count: number, values: number): number;
  /** A promise was rejected without a handler, or got one after all. */
  rejected(promise: bigint, reason: bigint, handled: boolean): void;
  /** A module imports another: addresses of names. Answers the address of a name that the guest frees. */
  normalizeModule(importer: number, specifier: number): number;
  /** Answers the address of the text of the module that was named last, which the guest frees; or 0, with an exception. */
  loadModule(): number;
}

/** Every function that the module imports, and the tracker, behind the gate. */
export function createImports(host: ImportHost): Record<string, ImportFunction> {
  const { gate, memory } = host;
  const fault = (): never =>
    gate.latch(
      new GuestTrap('violation', 'ENGINE_FAULT', 'the JavaScript engine failed on this program, which ended it'),
    );
  const virtual: Record<string, ImportFunction> = {
    /** Milliseconds since 1970. */
    emscripten_date_now: () => Number(host.clock().realtime() / 1000n) / 1000,
    _localtime_js(seconds: bigint, tm: number) {
      const view = memory.view(tm, TM_BYTES);
      writeTm(view, toCalendar(seconds));
      writeTmZone(view);
    },
    _tzset_js(offset: number, hasSummerTime: number, standardName: number, summerName: number) {
      memory.setUint32(offset, 0);
      memory.setUint32(hasSummerTime, 0);
      for (const name of [standardName, summerName]) memory.bytes(name, UTC.length).set(UTC);
    },
    environ_sizes_get(count: number, bytes: number) {
      memory.setUint32(count, 0);
      memory.setUint32(bytes, 0);
      return 0;
    },
    environ_get: () => 0,
    emscripten_resize_heap: (bytes: number) => (host.resize(bytes >>> 0) ? 1 : 0),
    qts_host_call_function: (_context: number, _this: number, count: number, values: number) =>
      host.call(count, values),
    qts_host_ref_free: () => undefined,
    qts_host_normalize_module: (_runtime: number, _context: number, importer: number, specifier: number) =>
      host.normalizeModule(importer, specifier),
    qts_host_load_module_source: () => host.loadModule(),
    [REJECTION_TRACKER](_context: number, promise: bigint, reason: bigint, handled: number) {
      host.rejected(promise, reason, handled !== 0);
    },
    __assert_fail: fault,
    _abort_js: fault,
  };
  const imports: Record<string, unknown> = {};
  for (const name of [...Object.keys(JAVASCRIPT_IMPORTS), REJECTION_TRACKER]) {
    imports[name] = () => {
      throw new Error(`quickjs: ${name} was called during the boot`);
    };
  }
  gate.wrap(imports, JAVASCRIPT_POLICY, virtual);
  // Wrapped: functions, every one.
  return imports as Record<string, ImportFunction>;
}

const UTC = Uint8Array.of(0x55, 0x54, 0x43, 0);
