"""
Where the fuel went, line by line, of code that stands in cells. Exact, and the same everywhere: no samples, no clock.

A line's own fuel is all that ran between its start and the start of the next line of any cell, with what it called in
libraries. The work of this module is left out: what it does between two readings of the counter is not counted, and the little
that an event costs outside of them is measured beforehand and taken off.
"""

import __main__
import linecache
import sys

from .fuel import fuel

_namespace = __main__.__dict__
_TOOL = 2
_SAMPLES = 32
_SAMPLE = "def called():\n    pass\n" + "".join(
    f"def lines_{times}():\n{'    a = 1\n' * times * _SAMPLES}def calls_{times}():\n{'    called()\n' * times * _SAMPLES}" for times in (1, 2)
)


class Profile:
    """whole: it stands on the first line of a cell, which is none of the lines to tell of."""

    def __init__(self, whole):
        self._whole = whole

    def __enter__(self):
        monitoring = sys.monitoring
        if monitoring.get_tool(_TOOL) is not None:
            raise RuntimeError("fuel_profile: something else watches this program already")
        frame = sys._getframe(1)
        self._ledger = _Ledger(*_calibrated(), _codes(frame.f_code))
        self._place = (frame.f_code.co_filename, frame.f_lineno)
        self._ledger.start(self._place, sys.monitoring.events.LINE | _calls())
        return self

    def __exit__(self, kind, error, trace):
        self._ledger.stop()
        if kind is None:
            own = self._ledger.lines.get(self._place, [0, 0, 0])
            if self._whole:
                self._ledger.spent -= own[1]
            own[0] = 0 if self._whole else 1
            print(self._ledger.table())


class _Ledger:
    """
    The costs are what an event of its kind costs outside of the two readings in its callback; `entry` is how much more of it
    comes after the second reading at the start of a function than at a line.
    """

    def __init__(self, line_cost, start_cost, end_cost, entry, codes):
        self.costs, self.codes = (line_cost, start_cost, end_cost, entry), codes
        # By place, which is a file's name and a line: times, own fuel, fuel with the calls of code in cells.
        self.lines = {}
        self.spent = 0

    def start(self, place, local):
        ledger, lines, codes = self, self.lines, self.codes
        line_cost, start_cost, end_cost, entry_cost = self.costs
        before, after_end = start_cost - entry_cost, end_cost - start_cost + entry_cost
        stack, active = [place], {}
        entries = [0]
        base = 0

        def book(now, cost):
            entry = lines.get(stack[-1])
            if entry is None:
                entry = lines[stack[-1]] = [0, 0, 0]
            used = now - base - cost
            entry[1] += used
            ledger.spent += used

        def on_line(code, line):
            nonlocal base
            now = fuel()
            book(now, line_cost)
            stack[-1] = (code.co_filename, line)
            entry = lines.get(stack[-1])
            if entry is None:
                entry = lines[stack[-1]] = [0, 0, 0]
            entry[0] += 1
            base = fuel()

        def on_start(code, offset, error=None):
            nonlocal base
            now = fuel()
            book(now, before)
            if code in codes:
                active[stack[-1]] = active.get(stack[-1], 0) + 1
                stack.append((code.co_filename, code.co_firstlineno))
                entries.append(ledger.spent)
            base = fuel() + entry_cost

        def on_end(code, offset, value):
            nonlocal base
            now = fuel()
            book(now, before)
            if code in codes and len(stack) > 1:
                stack.pop()
                used = ledger.spent - entries.pop()
                caller = stack[-1]
                active[caller] -= 1
                # In a recursion the outermost call has all of it.
                if active[caller] == 0:
                    lines.setdefault(caller, [0, 0, 0])[2] += used
            base = fuel() + after_end

        monitoring = sys.monitoring
        events = monitoring.events
        monitoring.use_tool_id(_TOOL, "fuel_profile")
        for event, callback in (
            (events.LINE, on_line), (events.PY_START, on_start), (events.PY_RESUME, on_start), (events.PY_THROW, on_start),
            (events.PY_RETURN, on_end), (events.PY_YIELD, on_end), (events.PY_UNWIND, on_end),
        ):  # fmt: skip
            monitoring.register_callback(_TOOL, event, callback)
        monitoring.set_events(_TOOL, events.PY_THROW | events.PY_UNWIND)
        for code in codes:
            monitoring.set_local_events(_TOOL, code, local)
        base = fuel()

    def stop(self):
        monitoring = sys.monitoring
        monitoring.set_events(_TOOL, 0)
        for code in self.codes:
            monitoring.set_local_events(_TOOL, code, 0)
        for event in (1 << number for number in range(18)):
            try:
                monitoring.register_callback(_TOOL, event, None)
            except ValueError:
                pass
        monitoring.free_tool_id(_TOOL)

    def table(self):
        places = sorted(place for place, entry in self.lines.items() if entry[0])
        rows = []
        for filename in dict.fromkeys(place[0] for place in places):
            rows.append(f"{filename}")
            rows.append(f"{'line':>6} {'times':>9} {'fuel':>15} {'share':>8} {'with calls':>15}")
            for place in places:
                if place[0] != filename:
                    continue
                times, own, called = self.lines[place]
                own = max(0, own)
                share = f"{100 * own / self.spent:.1f} %" if self.spent else ""
                text = linecache.getline(*place).rstrip()
                rows.append(f"{place[1]:>6} {times:>9,} {own:>15,} {share:>8} {own + called:>15,}  {text}")
        return f"Fuel by line, {self.spent:,} in all\n" + "\n".join(rows)


def _codes(code):
    """This code and that of all functions of cells."""
    found = {}
    files = {code.co_filename, *(name for name in linecache.cache if name.startswith("cell "))}

    def add(one):
        if one not in found:
            found[one] = True
            for constant in one.co_consts:
                if isinstance(constant, type(one)):
                    add(constant)

    def add_function(value):
        value = getattr(value, "__wrapped__", value)
        value = getattr(value, "__func__", value)
        inner = getattr(value, "__code__", None)
        if isinstance(inner, type(code)) and (inner.co_filename in files or _is_cell(inner.co_filename)):
            add(inner)

    add(code)
    for value in list(_namespace.values()):
        if isinstance(value, type) and value.__module__ == "__main__":
            for member in list(vars(value).values()):
                add_function(member)
        elif callable(value):
            add_function(value)
    return found


def _is_cell(filename):
    entry = linecache.cache.get(filename)
    # As `step` puts cells there: without a time.
    return entry is not None and len(entry) == 4 and entry[1] is None and not filename.startswith("/")


def _calls():
    events = sys.monitoring.events
    return events.PY_START | events.PY_RESUME | events.PY_RETURN | events.PY_YIELD


def _calibrated():
    """The costs of a `_Ledger`."""
    names = {}
    exec(compile(_SAMPLE, "<fuel_profile>", "exec"), names)
    events = sys.monitoring.events
    costs = []
    for kind, event in (("lines", events.LINE), ("calls", events.PY_START), ("calls", events.PY_RETURN)):
        functions = names[f"{kind}_1"], names[f"{kind}_2"]
        watched = {(function if kind == "lines" else names["called"]).__code__: True for function in functions}
        # Rounds before the one that counts let the interpreter adapt itself to the code.
        for _ in range(8):
            plain = [_fuel_of(function) for function in functions]
            seen = [_booked(function, watched, event) for function in functions]
        # The longer one has so many events more, and nothing else.
        costs.append(max(0, (seen[1] - seen[0]) - (plain[1] - plain[0])) // _SAMPLES)
    # Between its start and its first line a function does nothing worth telling: what is booked there is cost.
    entry = _ledger(names["calls_1"], watched, events.LINE | events.PY_START | events.PY_RETURN).lines["<fuel_profile>", 1][1]
    return *costs, max(0, entry // _SAMPLES - costs[0])


def _booked(function, watched, event):
    return _ledger(function, watched, event).spent


def _ledger(function, watched, event):
    ledger = _Ledger(0, 0, 0, 0, watched)
    ledger.start(("<fuel_profile>", 0), event)
    function()
    ledger.stop()
    return ledger


def _fuel_of(function):
    start = fuel()
    function()
    return fuel() - start
