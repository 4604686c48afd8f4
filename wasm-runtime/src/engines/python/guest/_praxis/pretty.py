"""Objects that lay themselves out (`_repr_pretty_`), with the printer that they are given: names and arguments are those of IPython."""

from contextlib import contextmanager

_MAX_WIDTH = 79
_MAX_ITEMS = 1000
_BRACKETS = {list: ("[", "]"), tuple: ("(", ")"), set: ("{", "}"), frozenset: ("frozenset({", "})"), dict: ("{", "}")}


def pretty(obj, verbose=False, max_width=_MAX_WIDTH, newline="\n", max_seq_length=_MAX_ITEMS):
    printer = Printer(verbose, max_width, newline, max_seq_length)
    printer.pretty(obj)
    return printer.shown()


def pprint(obj, verbose=False, max_width=_MAX_WIDTH, newline="\n", max_seq_length=_MAX_ITEMS):
    print(pretty(obj, verbose, max_width, newline, max_seq_length))


class _Break:
    def __init__(self, text, forced, indent):
        self.text, self.forced, self.indent = text, forced, indent


class Printer:
    """Texts, places where a line may be broken, and groups, in which either none of those places breaks or all do."""

    def __init__(self, verbose=False, max_width=_MAX_WIDTH, newline="\n", max_seq_length=_MAX_ITEMS):
        self.verbose, self.max_width, self.newline, self.max_seq_length = verbose, max_width, newline, max_seq_length
        self.indentation = 0
        self.stack = []
        self._group = []
        self._outer = []

    def text(self, text):
        self._group.append(str(text))

    def breakable(self, sep=" "):
        self._group.append(_Break(sep, False, self.indentation))

    def break_(self):
        self._group.append(_Break("", True, self.indentation))

    def begin_group(self, indent=0, open=""):
        if open:
            self.text(open)
        group = []
        self._group.append(group)
        self._outer.append(self._group)
        self._group = group
        self.indentation += indent

    def end_group(self, dedent=0, close=""):
        self.indentation -= dedent
        self._group = self._outer.pop()
        if close:
            self.text(close)

    @contextmanager
    def group(self, indent=0, open="", close=""):
        self.begin_group(indent, open)
        try:
            yield
        finally:
            self.end_group(indent, close)

    @contextmanager
    def indent(self, indent):
        self.indentation += indent
        try:
            yield
        finally:
            self.indentation -= indent

    def pretty(self, obj):
        cycle = id(obj) in self.stack
        self.stack.append(id(obj))
        try:
            method = getattr(type(obj), "_repr_pretty_", None)
            if callable(method) and not isinstance(obj, type):
                with self.group():
                    method(obj, self, cycle)
            elif type(obj) in _BRACKETS and obj and not cycle:
                self._items(obj)
            elif type(obj) in _BRACKETS and cycle:
                self.text(_BRACKETS[type(obj)][0] + "..." + _BRACKETS[type(obj)][1])
            else:
                self._lines(repr(obj))
        finally:
            self.stack.pop()

    def _items(self, obj):
        begin, end = _BRACKETS[type(obj)]
        if type(obj) is tuple and len(obj) == 1:
            end = ",)"
        with self.group(len(begin), begin, end):
            for at, item in enumerate(obj):
                if at:
                    self.text(",")
                    self.breakable()
                if at >= self.max_seq_length:
                    self.text("...")
                    break
                self.pretty(item)
                if type(obj) is dict:
                    self.text(": ")
                    self.pretty(obj[item])

    def _lines(self, text):
        for at, line in enumerate(text.splitlines()):
            if at:
                self.break_()
            self.text(line)

    def flush(self):
        pass

    def shown(self):
        parts = []
        self._lay(self._outer[0] if self._outer else self._group, 0, parts)
        return "".join(parts)

    def _lay(self, group, column, parts):
        broken = _width(group, self.max_width - column) is None
        for token in group:
            if isinstance(token, list):
                column = self._lay(token, column, parts)
            elif isinstance(token, str):
                parts.append(token)
                column += len(token)
            elif broken or token.forced:
                parts.append(self.newline + " " * token.indent)
                column = token.indent
            else:
                parts.append(token.text)
                column += len(token.text)
        return column


PrettyPrinter = RepresentationPrinter = Printer


def _width(group, room):
    """Of all in one line; None when it is more than there is room for, or holds what must be broken."""
    width = 0
    for token in group:
        if isinstance(token, list):
            inner = _width(token, room - width)
            if inner is None:
                return None
            width += inner
        elif isinstance(token, str):
            width += len(token)
        elif token.forced:
            return None
        else:
            width += len(token.text)
        if width > room:
            return None
    return width
