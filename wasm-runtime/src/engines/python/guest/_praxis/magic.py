"""What magics do when a cell comes to them. Their measure is fuel, which is the same everywhere; no clock of the host is here."""

import __main__
import difflib
import re
import time
from itertools import repeat

from . import about, capture, commands, display, history, profile, syntax
from .fuel import fuel

_namespace = __main__.__dict__
_compile, _exec = compile, exec
_clock = time.monotonic_ns
_AUTORANGE_FUEL = 10_000_000
_AUTORANGE_LOOPS = 1_000_000


class Shell:
    """Stands where IPython's shell does; cells know it as `__praxis__`."""

    def __init__(self):
        self.value = None

    @property
    def user_ns(self):
        return _namespace

    @property
    def execution_count(self):
        return len(history.In) - 1

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
        return capture.Captured([word for word in options.split() if not word.startswith("-")])

    def timeit(self, function, name, options):
        _timeit(function, options)

    # Everything else.

    def line(self, name, text):
        magic = commands.LINES.get(name)
        if magic is None:
            raise commands.UsageError(_unknown(name, "%"))
        return magic(text)

    def cell(self, name, text, body):
        magic = commands.CELLS.get(name)
        if magic is None:
            raise commands.UsageError(_unknown(name, "%%"))
        return magic(text, body)

    def misplaced(self, text):
        raise commands.UsageError(f"%%{text}: a cell magic stands on the first line of its cell")

    def system(self, command):
        if re.match(r"(?:python3?\s+-m\s+)?(?:pip3?|conda|mamba|uv)\b", command):
            commands.refuse_install(command)
        raise commands.UsageError(f"!{command}: {commands.NO_SHELL}")

    def about(self, find, text, detail):
        about.show(find, text, detail > 1)

    def about_magic(self, name):
        magic = commands.LINES.get(name) or commands.CELLS.get(name)
        if magic is None and name not in syntax.CODE_MAGICS:
            raise commands.UsageError(_unknown(name, "%"))
        channel_text = commands.CODE_HELP.get(name) or (magic.__doc__ or "").strip()
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
    known = sorted({*commands.LINES, *syntax.CODE_MAGICS} if mark == "%" else {*commands.CELLS, *syntax.CODE_MAGICS})
    near = difflib.get_close_matches(name, known, 3)
    meant = f"did you mean {' or '.join(mark + match for match in near)}? " if near else ""
    return f"{mark}{name} is not a magic of this environment: {meant}%lsmagic lists those there are"


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
