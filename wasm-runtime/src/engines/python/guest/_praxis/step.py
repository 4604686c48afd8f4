"""Compiles and runs one step in `__main__`, and says how it ended."""

import __main__
import ast
import builtins
import importlib.util
import io
import linecache
import os
import signal
import sys
from operator import index

from . import channel, completion, display, history, loop, magic, packages, syntax

_read, _open, _close, _fstat = os.read, os.open, os.close, os.fstat
_compile, _eval = compile, eval
_AsyncFlag, _TreeFlag, _Coroutine = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, ast.PyCF_ONLY_AST, 0x80
_loads = None
_isinstance, _type, _str, _len, _getattr, _int = isinstance, type, str, len, getattr, int
_BaseException, _Exception, _SyntaxError, _SystemExit = BaseException, Exception, SyntaxError, SystemExit
_SOURCE = "/lib/praxis/step.json"
_HALF_TEXT = 40_000
_namespace = __main__.__dict__
_loop = None
_interruptible = False
_traceback = None


class Parameters(dict):
    """The parameters of the running step, also as attributes."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"this step has no parameter {name!r}") from None


parameters = Parameters()


def install():
    """Once, before the snapshot."""
    global _loads, _loop, _traceback
    import json
    import time

    _loads = json.JSONDecoder(object_pairs_hook=None).raw_decode
    # A traceback module of our own: programs may patch the shared one.
    spec = importlib.util.find_spec("traceback")
    _traceback = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(_traceback)
    _replace_sleep(time)
    _bound_calendar(time)
    _loop = loop.install(time.sleep)
    _hide_foreign_modules()
    signal.signal(signal.SIGINT, _interrupt)
    for name in ("stdout", "stderr"):
        stream = io.TextIOWrapper(
            io.BufferedWriter(io.FileIO(1 if name == "stdout" else 2, "w", closefd=False), 8192),
            encoding="utf-8",
            errors="replace" if name == "stdout" else "backslashreplace",
            line_buffering=True,
        )
        stream.mode = "w"
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    sys.setrecursionlimit(1000)
    sys.argv[:] = ["program"]
    for name in ("_", "USER", "LOGNAME", "PWD"):
        os.environ.pop(name, None)
    for name in [name for name in _namespace if not name.startswith("__")]:
        del _namespace[name]
    sys.modules["__main__"].__builtins__ = builtins
    builtins.__praxis__ = magic.shell
    builtins.get_ipython = _get_ipython
    builtins.display = display.display
    history.install()
    completion.warm()
    _meet_libraries()
    os.chdir("/job")


def _meet_libraries():
    """What an environment imports before its snapshot is shown in ways of our own."""
    if "matplotlib.pyplot" in sys.modules:
        from . import figures
    if "pandas" in sys.modules:
        from . import tables


def _get_ipython():
    return magic.shell


_get_ipython.__name__ = _get_ipython.__qualname__ = "get_ipython"


def _interrupt(number, frame):
    """Raised in the program, and never in the runner's own work around it."""
    if _interruptible:
        raise KeyboardInterrupt


def _replace_sleep(time):
    """The C library sleeps in a loop around the clock; the host can move the clock in one go."""

    longest, now = 2**63 - 1, time.time_ns

    def sleep(seconds, /):
        if not _isinstance(seconds, (_int, float)):
            seconds = index(seconds)
        if not seconds >= 0:
            raise ValueError("sleep length must be non-negative")
        if seconds * 1_000_000_000 > longest:
            raise OverflowError("timestamp too large to convert to C PyTime_t")
        nanoseconds = _int(seconds * 1_000_000_000)
        if now() + nanoseconds > longest:
            raise OverflowError("the clock of the sandbox does not go that far")
        channel.send({"kind": "sleep", "nanoseconds": nanoseconds})

    sleep.__doc__ = "Moves the virtual clock on by so many seconds and returns at once."
    sleep.__module__ = "time"
    sleep.__qualname__ = "sleep"
    time.sleep = sleep


def _bound_calendar(time):
    """The C library answers with some date for times that are none: years that its calendar cannot count."""

    # The first and last second of the years that 32 bits hold.
    first, last = -67_768_040_609_740_800, 67_768_036_191_676_799

    class Bounded:
        # No function: as an attribute of a class (logging has one) it must not become a method.
        def __init__(self, convert):
            self._convert, self.__name__, self.__doc__ = convert, convert.__name__, convert.__doc__
            self.__qualname__, self.__module__ = convert.__name__, "time"

        def __call__(self, seconds=None, /):
            if _isinstance(seconds, (_int, float)) and (seconds < first or seconds > last):
                raise OverflowError("timestamp out of range for platform time_t")
            return self._convert(seconds)

        def __repr__(self):
            return f"<built-in function {self.__name__}>"

    for convert in (time.gmtime, time.localtime, time.ctime):
        setattr(time, convert.__name__, Bounded(convert))


def _hide_foreign_modules():
    """
    No way to the host's JavaScript exists, nor foreign functions: these names would only promise them, and what asks for
    one when it can do without (`try: import ctypes`) would end the program. Test aids are left out too.
    """
    hidden = {"_ctypes", "_testcapi", "_testinternalcapi", "_testlimitedcapi", "_testclinic", "_testclinic_limited",
              "_testbuffer", "_xxtestfuzz", "xxsubtype", "_pyodide_core", "_remote_debugging"}  # fmt: skip
    # Packages use its types; of its calls, only a cast is there.
    if "ctypes" in sys.modules:
        hidden.remove("_ctypes")

    class Hidden:
        @staticmethod
        def find_spec(name, path=None, target=None):
            if name.partition(".")[0] in hidden:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    sys.meta_path.insert(0, Hidden)
    sys.builtin_module_names = tuple(name for name in sys.builtin_module_names if name not in hidden)
    for name in [name for name in sys.modules if name.partition(".")[0] in {"js", "pyodide", "_pyodide", "pyodide_js"} | hidden]:
        del sys.modules[name]


def begin():
    """Once, after the snapshot was restored: what must depend on the program's seed."""
    import random

    random.seed(_int.from_bytes(os.urandom(32), "big"))
    # numpy's old global generator, seeded when it was imported.
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()


def run():
    """Runs the step that the host put at _SOURCE. True: it succeeded. False: an error message was sent before."""
    global _interruptible
    parameters.clear()
    request = _request()
    filename = request["filename"]
    source = request["source"]
    given = request["parameters"]
    parameters.update(given)
    _namespace.update(given)
    linecache.cache[filename] = (_len(source), None, [line + "\n" for line in _lines(source)], filename)
    # A warning is shown once for each place; a line of another cell is another place.
    _namespace.pop("__warningregistry__", None)
    display.begin_step()
    history.begin(source)
    try:
        _interruptible = True
        value = _run(source, filename)
        if value is not None:
            display.show_result(value)
            history.remember(value)
        display.end_step()
        _interruptible = False
        channel.flush()
        return True
    except _SystemExit as error:
        _interruptible = False
        _end_failed()
        if error.code is None or error.code == 0:
            return True
        _report(error, filename)
        return False
    except _BaseException as error:
        _interruptible = False
        _end_failed()
        _report(error, filename)
        return False


def _end_failed():
    """What the step made before it failed is shown; the step's own error is the one to report."""
    channel.flush()
    try:
        display.end_step()
    except _BaseException:
        pass
    channel.flush()


def ask(question):
    """Answers a question of the page, as JSON text. The host puts everything back afterwards."""
    return completion.answer(_loads(question)[0])


def _request():
    descriptor = _open(_SOURCE, os.O_RDONLY)
    try:
        chunks = []
        while chunk := _read(descriptor, 1 << 20):
            chunks.append(chunk)
    finally:
        _close(descriptor)
    return _loads(b"".join(chunks).decode("utf-8"))[0]


def _run(source, filename):
    tree, problem = None, None
    try:
        tree = _compile(source, filename, "exec", _TreeFlag | _AsyncFlag, True)
    except _SyntaxError as error:
        problem = error
    if tree is None:
        # Magics are looked for only in what is not Python: a cell without them pays nothing.
        tree = syntax.parse(source, filename, problem)
    body = tree.body
    last = None
    if body and _isinstance(body[-1], ast.Expr) and not _silenced(source, body[-1]):
        last = body.pop()
    if body:
        code = _compile(tree, filename, "exec", _AsyncFlag, True)
        _await(_eval(code, _namespace), code)
    if last is None:
        return None
    code = _compile(ast.Expression(last.value), filename, "eval", _AsyncFlag, True)
    return _await(_eval(code, _namespace), code)


def _silenced(source, node):
    """A semicolon after the last expression hides its value, as in Jupyter."""
    rest = _lines(source)[node.end_lineno - 1].encode("utf-8")[node.end_col_offset :].strip()
    return rest.startswith(b";")


def _lines(source):
    """Lines as Python counts them: `str.splitlines` ends them at form feeds and Unicode's separators, too."""
    return source.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _await(value, code):
    return _loop.run_until_complete(value) if code.co_flags & _Coroutine else value


def _report(error, filename):
    """Name, message, traceback without our own frames, and the place in the step."""
    name = _type(error).__name__
    try:
        message = _str(error)
    except _Exception:
        message = "<its message cannot be shown>"
    line, column = None, None
    try:
        if _isinstance(error, _SyntaxError) and error.filename == filename:
            line, column = error.lineno, error.offset
            message = error.msg
        else:
            line, column = _place(error.__traceback__, filename)
    except _Exception:
        pass
    advice = None
    try:
        if _isinstance(error, ModuleNotFoundError):
            advice = packages.missing(error)
            if advice is not None:
                error.add_note(advice)
        elif _isinstance(error, ImportError):
            note = packages.note(error)
            if note is not None:
                error.add_note(note)
    except _Exception:
        pass
    try:
        _drop_own_frames(error)
        text = "".join(_traceback.TracebackException(_type(error), error, error.__traceback__).format())
    except _Exception:
        text = f"{name}: {message}\n"
    channel.send({
        "kind": "error",
        "name": _short(name),
        "message": _short(message),
        "traceback": _short(text),
        "line": line if _type(line) is _int else None,
        "column": column if _type(column) is _int else None,
        "syntax": _isinstance(error, _SyntaxError),
        "memory": _isinstance(error, MemoryError),
        "os_error": _isinstance(error, OSError),
        "missing": advice,
    })  # fmt: skip


def _short(text):
    """The host cuts further; an exception of many megabytes must not need the memory for several copies."""
    text = _str(text)
    return text if _len(text) <= 2 * _HALF_TEXT else text[:_HALF_TEXT] + "\n… (cut) …\n" + text[-_HALF_TEXT:]


def _place(trace, filename):
    """1-based line and column of the innermost frame of this step."""
    line, column = None, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == filename:
            line = trace.tb_lineno
            positions = list(trace.tb_frame.f_code.co_positions())[trace.tb_lasti // 2]
            column = positions[2] + 1 if positions[2] is not None else None
        trace = trace.tb_next
    return line, column


def _drop_own_frames(error, seen=None):
    """Cuts the runner's frames off the top of a traceback and of those it is chained to."""
    seen = set() if seen is None else seen
    while error is not None and id(error) not in seen and _len(seen) < 100:
        seen.add(id(error))
        trace = error.__traceback__
        while trace is not None and _own(trace):
            trace = trace.tb_next
        error.__traceback__ = trace
        _drop_below(trace)
        _drop_own_frames(error.__cause__, seen)
        error = error.__context__


def _drop_below(trace):
    """An error that our library raises is shown where the program called it."""
    last = trace
    while trace is not None:
        if not trace.tb_frame.f_code.co_filename.startswith("/lib/praxis/"):
            last = trace
        trace = trace.tb_next
    if last is not None:
        last.tb_next = None


def _own(trace):
    name = trace.tb_frame.f_code.co_filename
    return name.startswith("/lib/praxis/") or name.startswith("/lib/python314.zip/asyncio/")
