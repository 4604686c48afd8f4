/**
 * The gate's policy: what each import of an engine may do once guest code runs. One table for every host.
 * An import that is not named here is fatal in guest mode. A change is a new `GATE_POLICY_VERSION`.
 */

export const GATE_POLICY_VERSION = '5';

/** Fuel for each call of an import, beside what its work costs: about what a host call takes, in instructions. */
export const HOST_CALL_FUEL = 500;

export type Rule =
  /** Not wrapped at all: a hot path that is the same in both modes and calls metered code only. */
  | 'raw'
  /** Our implementation, in both modes. */
  | 'virtual'
  /**
   * Our implementation, unwrapped, in both modes: it only looks whether something waits. Called too often for a charge of its own;
   * whoever calls it pays for the call as for any instruction, and for the dozens between two calls.
   */
  | 'polled'
  /** Fatal, and named as an attempt to load code. */
  | 'loading'
  /** Does nothing and answers `undefined`. */
  | 'nothing'
  /** Answers `null`, which means "no promise" to the module. */
  | 'null'
  /** A fixed answer: an errno, or a value that says "not here". */
  | number;

export type Policy = Readonly<Record<string, Rule>>;

/** Negative WASI errno values, as `__syscall_*` imports return them. */
const ENOSYS = -52;
const EAFNOSUPPORT = -5;
const EAI_FAIL = -4;

/** Virtual imports of all engines that change nothing but the guest's memory, and the clock, which can be put back. */
export const TRACELESS: ReadonlySet<string> = new Set([
  'clock_time_get', 'clock_res_get', 'emscripten_get_now', 'emscripten_get_now_res', 'emscripten_date_now', 'strftime', 'strftime_l', '_tzset_js', '_localtime_js', '_gmtime_js',
  '_mktime_js', '_timegm_js', 'emscripten_resize_heap', 'emscripten_get_heap_max', 'qts_host_ref_free',
]); // prettier-ignore

function each(rule: Rule, ...names: string[]): Record<string, Rule> {
  return Object.fromEntries(names.map((name) => [name, rule]));
}

/** Imports of Pyodide's main module: see `engines/python`. */
// prettier-ignore
export const PYTHON_POLICY: Policy = Object.freeze({
  // CPython calls C functions of other signatures through this one; its targets are metered functions of the module.
  _PyEM_TrampolineCall_JS: 'raw',
  _PyImport_InitFunc_TrampolineCall: 'raw',

  ...each(
    'virtual',
    // clocks, entropy, environment
    'clock_time_get', 'clock_res_get', 'emscripten_get_now_res', 'strftime', 'strftime_l', 'random_get', 'getentropy', 'environ_get', 'environ_sizes_get',
    'emscripten_get_now', 'emscripten_date_now', '_tzset_js', '_localtime_js', '_gmtime_js', '_mktime_js', '_timegm_js',
    // files
    'fd_read', 'fd_write', 'fd_pread', 'fd_pwrite', 'fd_seek', 'fd_close', 'fd_sync', 'fd_fdstat_get',
    '__syscall_openat', '__syscall_fstat64', '__syscall_stat64', '__syscall_lstat64', '__syscall_newfstatat',
    '__syscall_faccessat', '__syscall_getcwd', '__syscall_getdents64', '__syscall_chdir', '__syscall_fchdir',
    '__syscall_chmod', '__syscall_fchmod', '__syscall_fchmodat2', '__syscall_fchownat', '__syscall_fchown32',
    '__syscall_dup', '__syscall_dup3', '__syscall_fcntl64', '__syscall_ioctl', '__syscall_ftruncate64',
    '__syscall_truncate64', '__syscall_fallocate', '__syscall_fadvise64', '__syscall_fdatasync', '__syscall_mkdirat', '__syscall_mknodat', '__syscall_umask_js',
    '__syscall_readlinkat', '__syscall_unlinkat', '__syscall_rmdir', '__syscall_renameat', '__syscall_symlinkat', '__syscall_symlink',
    '__syscall_utimensat', '__syscall_statfs64', '__syscall_fstatfs64', '__syscall_poll', '__syscall__newselect',
    '_mmap_js', '_munmap_js', '_msync_js',
    // memory
    'emscripten_resize_heap', 'emscripten_get_heap_max',
    // libraries of the environment
    '_dlopen_js', '_dlsym_js', 'ffi_call_js',
  ),

  // identity: always the same
  ...each(1000, '__syscall_getuid32_js'),
  _Py_emscripten_runtime: 0,
  _emscripten_get_now_is_monotonic: 1,
  // a look into another engine's ways of calling functions: not here
  _PyEM_GetCountArgsPtr: 0,

  // whether somebody wants the running step to stop
  _Py_CheckEmscriptenSignals_Helper: 'polled',

  // the engine's own bookkeeping
  ...each('nothing', 'emscripten_runtime_keepalive_push', 'emscripten_runtime_keepalive_pop'),
  ...each('nothing', '_emscripten_runtime_keepalive_clear', '__call_sighandler', 'emscripten_debugger', '_emscripten_get_progname'),
  ...each(0, '_setitimer_js', 'can_run_sync_js', '_try_fcntl64', '_try_shutdown'),
  // JavaScript's promise-based input and output is not here: these answer "do it yourself", and then the calls below refuse
  ...each('null', '_maybe_connect_async', '_maybe_recvfrom_async', '_maybe_sendto_async', '_maybe_poll_async'),

  // not here: the program sees an ordinary OSError
  ...each(ENOSYS, '__syscall_pipe', '_emscripten_system'),
  ...each(EAFNOSUPPORT, '__syscall_socket'),
  ...each(
    ENOSYS,
    '__syscall_accept4', '__syscall_bind', '__syscall_connect', '__syscall_getpeername', '__syscall_getsockname',
    '__syscall_getsockopt', '__syscall_listen', '__syscall_recvfrom', '__syscall_recvmsg', '__syscall_sendmsg',
    '__syscall_sendto',
  ),
  ...each(EAI_FAIL, 'getaddrinfo', 'getnameinfo'),
  getprotobyname: 0,

  ...each('loading', '_emscripten_dlopen_js'),
});
