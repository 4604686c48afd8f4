"""What magics do when a cell comes to them. Their measure is fuel, which is the same everywhere; no clock of the host is here."""

import __main__
import difflib
import os
import re
import sys
import time
from itertools import repeat

from . import about, channel, display, profile, rich, syntax
from .fuel import fuel

_namespace = __main__.__dict__
_compile, _exec = compile, exec
_clock = time.monotonic_ns
_NO_SHELL = "there is no shell in the sandbox, only Python: os, shutil and pathlib work on files"
_NO_INSTALL = (
    "nothing can be installed while a program runs: what there is to import belongs to the environment's version, so that "
    "the same program gives the same result everywhere"
)
_AUTORANGE_FUEL = 10_000_000
_AUTORANGE_LOOPS = 1_000_000


class UsageError(Exception):
    """A magic that is not here, or was not asked as it can be."""


UsageError.__module__ = "builtins"


class Shell:
    """Stands where IPython's shell does; cells know it as `__praxis__`."""

    def __init__(self):
        self.value = None

    @property
    def user_ns(self):
        return _namespace

    def take(self):
        value, self.value = self.value, None
        return value

    def show(self):
        value = self.take()
        if value is not None:
            display.show_result(value)

    # Magics whose argument is code; `syntax` writes calls of these into the cell.

    def timed(self, name, options):
        return _Timed(name.lstrip("%"))

    def profiled(self, name, options):
        return profile.Profile(name.startswith("%%"))

    def captured(self, name, options):
        return _Captured([word for word in options.split() if not word.startswith("-")])

    def timeit(self, function, name, options):
        _timeit(function, options)

    # Everything else.

    def line(self, name, text):
        magic = _LINES.get(name)
        if magic is None:
            raise UsageError(_unknown(name, "%"))
        return magic(text)

    def cell(self, name, text, body):
        magic = _CELLS.get(name)
        if magic is None:
            raise UsageError(_unknown(name, "%%"))
        return magic(text, body)

    def misplaced(self, text):
        raise UsageError(f"%%{text}: a cell magic stands on the first line of its cell")

    def system(self, command):
        if re.match(r"(?:python3?\s+-m\s+)?(?:pip3?|conda|mamba|uv)\b", command):
            _install(command)
        raise UsageError(f"!{command}: {_NO_SHELL}")

    def about(self, find, text, detail):
        about.show(find, text, detail > 1)

    def about_magic(self, name):
        magic = _LINES.get(name) or _CELLS.get(name)
        if magic is None and name not in syntax.CODE_MAGICS:
            raise UsageError(_unknown(name, "%"))
        channel_text = _CODE_HELP.get(name) or (magic.__doc__ or "").strip()
        print(f"%{name}: {channel_text}")

    # As programs that were notebooks call it.

    def run_line_magic(self, name, line="", _stack_depth=1):
        return self._run(f"%{name} {line}") if name in syntax.CODE_MAGICS else self.line(name, line.strip())

    def run_cell_magic(self, name, line, cell):
        if name in syntax.CODE_MAGICS:
            return self._run(f"%%{name} {line}\n{cell}")
        return self.cell(name, line.strip(), cell)

    def getoutput(self, command, *args, **options):
        self.system(command)

    def _run(self, source):
        error = SyntaxError("not a magic")
        tree = syntax.parse(source, "<magic>", error)
        last = tree.body[-1] if isinstance(tree.body[-1], syntax.ast.Expr) else None
        _exec(_compile(tree, "<magic>", "exec"), _namespace)
        return self.take() if last is not None else None


shell = Shell()


def _unknown(name, mark):
    known = sorted({*_LINES, *syntax.CODE_MAGICS} if mark == "%" else {*_CELLS, *syntax.CODE_MAGICS})
    near = difflib.get_close_matches(name, known, 3)
    meant = f"did you mean {' or '.join(mark + match for match in near)}? " if near else ""
    return f"{mark}{name} is not a magic of this environment: {meant}%lsmagic lists those there are"


def _install(command):
    from . import packages

    raise UsageError(f"{command}: {_NO_INSTALL}; {packages.there_are()}")


class _Timed:
    def __init__(self, name):
        self._name = name

    def __enter__(self):
        self._overhead = _overhead()
        self._clock = _clock() if self._name == "time" else 0
        self._fuel = fuel()

    def __exit__(self, kind, error, trace):
        used = max(0, fuel() - self._fuel - self._overhead)
        if kind is None:
            print(f"Fuel: {used:,}" + (f", virtual time: {_duration(_clock() - self._clock)}" if self._clock else ""))


class _Probe:
    def __enter__(self):
        self.start = fuel()

    def __exit__(self, kind, error, trace):
        self.used = fuel() - self.start


def _overhead():
    probe = _Probe()
    for _ in range(2):
        with probe:
            pass
    return probe.used


def _duration(nanoseconds):
    for unit, size in (("s", 1_000_000_000), ("ms", 1_000_000), ("µs", 1000)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}" if nanoseconds < 1000 * size else f"{nanoseconds / size:,.0f} {unit}"
    return f"{nanoseconds} ns"


class _Loop:
    def __init__(self, count):
        self._count = count

    def begin(self):
        self.start = fuel()
        return repeat(None, self._count)


def _measure(function, count):
    loop, empty = _Loop(count), _Loop(count)
    function(loop)
    used = fuel() - loop.start
    _nothing(empty)
    return max(0, used - (fuel() - empty.start))


def _nothing(loop):
    for _ in loop.begin():
        pass


def _timeit(function, options):
    given = dict(re.findall(r"-([nr])\s*(\d+)", options))
    count, rounds = int(given.get("n", 0)), int(given.get("r", 1))
    first = _measure(function, 1)
    if count < 1:
        count = 1
        while count < _AUTORANGE_LOOPS and count * max(1, first) < _AUTORANGE_FUEL:
            count *= 10
    best = min(_measure(function, count) for _ in range(max(1, rounds)))
    each = best / count
    shown = f"{each:,.0f}" if each >= 100 else f"{each:.3g}"
    print(f"Fuel: {shown} per loop, {first:,} the first time ({count:,} loop{'s' if count > 1 else ''})")


class _Captured:
    """What a cell under `%%capture` wrote and showed."""

    def __init__(self, names):
        self._names = names
        self._streams = {"stdout": [], "stderr": []}
        self.outputs = []
        self._clear_next = False

    stdout = property(lambda self: "".join(self._streams["stdout"]))
    stderr = property(lambda self: "".join(self._streams["stderr"]))

    def __enter__(self):
        channel.flush()
        self._before = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = _Written(self, "stdout"), _Written(self, "stderr")
        display.captures.append(self)
        return self

    def __exit__(self, kind, error, trace):
        sys.stdout, sys.stderr = self._before
        display.captures.remove(self)
        for name in self._names:
            _namespace[name] = self

    def write(self, stream, text):
        self._clear_if_due()
        self._streams[stream].append(text)

    def take(self, kind, bundle, metadata, identity):
        self._clear_if_due()
        if kind == "update":
            places = [at for at, output in enumerate(self.outputs) if output.identity == identity]
            for at in places:
                self.outputs[at] = _Shown(bundle, metadata, identity)
            if places:
                return
        self.outputs.append(_Shown(bundle, metadata, identity))

    def clear(self, wait):
        self._clear_next = wait
        if not wait:
            self._clear()

    def _clear_if_due(self):
        if self._clear_next:
            self._clear()

    def _clear(self):
        self._clear_next = False
        self.outputs.clear()
        for parts in self._streams.values():
            parts.clear()

    def show(self):
        """Show it now."""
        sys.stdout.write(self.stdout)
        sys.stderr.write(self.stderr)
        for output in self.outputs:
            display.send_bundle("display", output.data, output.metadata)

    __call__ = show

    def __str__(self):
        return self.stdout


class _Shown:
    def __init__(self, data, metadata, identity):
        self.data, self.metadata, self.identity = data, metadata, identity

    def _repr_mimebundle_(self, include=None, exclude=None):
        return self.data, self.metadata


class _Written:
    encoding, errors, newlines = "utf-8", "replace", None

    def __init__(self, captured, name):
        self._captured, self._name = captured, name

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._captured.write(self._name, text)
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        pass

    def isatty(self):
        return False

    def writable(self):
        return True


def _users(text):
    hidden = {"get_ipython", "exit", "quit"}
    names = [name for name in _namespace if not name.startswith("_") and name not in hidden]
    kinds = text.split()
    return sorted(name for name in names if not kinds or type(_namespace[name]).__name__ in kinds)


def _who(text):
    """names of the notebook's variables; `%who int str` of these types only"""
    print("  ".join(_users(text)) or "There are no variables yet.")


def _whos(text):
    """the notebook's variables with type and value"""
    names = _users(text)
    if not names:
        return print("There are no variables yet.")
    rows = [("Variable", "Type", "Value")]
    for name in names:
        value = _namespace[name]
        shown = " ".join(about.brief(value).split())
        rows.append((name, type(value).__name__, shown if len(shown) <= 60 else shown[:59] + "…"))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for row in rows:
        print(f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}")


def _pwd(text):
    """the working directory"""
    return os.getcwd()


def _cd(text):
    """change the working directory"""
    os.chdir(text or "/job")
    print(os.getcwd())


def _env(text):
    """the environment variables, one of them (`%env NAME`), or set one (`%env NAME=value`)"""
    if not text:
        return dict(os.environ)
    name, sign, value = text.partition("=")
    name, value = (name.strip(), value.strip()) if sign else (text.partition(" ")[0], text.partition(" ")[2].strip())
    if not sign and not value:
        if name not in os.environ:
            raise UsageError(f"%env: there is no variable {name}")
        return os.environ[name]
    os.environ[name] = value
    print(f"env: {name}={value}")


def _nothing_to_do(text):
    """accepted: figures are shown in the page anyway"""


def _noted(name):
    def magic(text):
        print(f"%{name} {text}: nothing to do here".replace(" :", ":"), file=sys.stderr)

    magic.__doc__ = "accepted, and does nothing here"
    return magic


def _pip(text):
    """says why nothing can be installed"""
    _install(f"%pip {text}")


def _conda(text):
    """says why nothing can be installed"""
    _install(f"%conda {text}")


def _shell_line(text):
    """says that there is no shell"""
    raise UsageError(f"{text}: {_NO_SHELL}")


def _use(what):
    def magic(text, body=None):
        raise UsageError(what)

    magic.__doc__ = what
    return magic


def _lsmagic(text):
    """what there is"""
    print("Line magics: " + " ".join("%" + name for name in sorted({*_LINES, *syntax.CODE_MAGICS} - {"capture"})))
    print("Cell magics: " + " ".join("%%" + name for name in sorted({*_CELLS, *syntax.CODE_MAGICS})))


def _shell_cell(text, body):
    """says that there is no shell"""
    raise UsageError(_NO_SHELL)


def _as(make, what):
    def magic(text, body):
        display.display(make(body))

    magic.__doc__ = f"show the cell as {what}"
    return magic


def _writefile(text, body):
    """write the cell into a file; `-a` appends"""
    words = text.split()
    append = "-a" in words
    names = [word for word in words if word != "-a"]
    if len(names) != 1:
        raise UsageError("%%writefile: expected the name of one file")
    existed = os.path.exists(names[0])
    with open(names[0], "a" if append else "w", encoding="utf-8") as file:
        file.write(body if body.endswith("\n") else body + "\n")
    print(f"{'Appending to' if append else 'Overwriting' if existed else 'Writing'} {names[0]}")


_CODE_HELP = {
    "time": "run a statement or cell, and say the fuel that it used and the virtual time that passed",
    "timeit": "fuel of a statement or cell in each turn of a loop; -n N turns, -r R rounds of which the least counts",
    "fuel": "run a statement or cell, and say the fuel that it used",
    "fuel_profile": "run a statement or cell, and say for each of its lines how often it ran and the fuel that it used",
    "capture": "run the cell, and keep what it writes and shows in a variable: %%capture name",
}
_LINES = {
    "autoreload": _noted("autoreload"),
    "cd": _cd,
    "colors": _noted("colors"),
    "conda": _conda,
    "config": _noted("config"),
    "debug": _use("%debug: a run cannot be stopped to look around; the traceback and %who say where it stood"),
    "env": _env,
    "load_ext": _noted("load_ext"),
    "lprun": _use("%lprun: %fuel_profile is the line profiler here"),
    "ls": _shell_line,
    "lsmagic": _lsmagic,
    "mamba": _conda,
    "matplotlib": _nothing_to_do,
    "pdb": _use("%pdb: a run cannot be stopped to look around; the traceback and %who say where it stood"),
    "pip": _pip,
    "precision": _noted("precision"),
    "prun": _use("%prun: %fuel_profile says where the fuel went, line by line"),
    "pwd": _pwd,
    "reload_ext": _noted("reload_ext"),
    "reset": _use("%reset: restart the kernel to begin anew"),
    "run": _use("%run: put the code into a cell, or import it as a module"),
    "set_env": _env,
    "sx": _shell_line,
    "system": _shell_line,
    "who": _who,
    "whos": _whos,
}
_CELLS = {
    "HTML": _as(rich.HTML, "HTML"),
    "bash": _shell_cell,
    "cmd": _shell_cell,
    "file": _writefile,
    "html": _as(rich.HTML, "HTML"),
    "javascript": _use("%%javascript: make it a cell of JavaScript"),
    "js": _use("%%js: make it a cell of JavaScript"),
    "latex": _as(rich.Latex, "LaTeX"),
    "markdown": _as(rich.Markdown, "Markdown"),
    "prun": _use("%%prun: %%fuel_profile says where the fuel went, line by line"),
    "script": _shell_cell,
    "sh": _shell_cell,
    "svg": _as(rich.SVG, "an SVG drawing"),
    "sx": _shell_cell,
    "system": _shell_cell,
    "writefile": _writefile,
}
