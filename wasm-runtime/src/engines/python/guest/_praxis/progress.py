"""Progress of a loop, shown to the reader in place."""

from . import display

_MEDIA_TYPE = "application/vnd.praxis.progress+json"
_STEPS = 100
_WIDTH = 24
_len, _int, _str, _iter = len, int, str, iter


class Progress:
    """Made by `progress`. Iterate over it, or tell it yourself: `bar.advance()`."""

    def __init__(self, iterable, total, label):
        self._iterable = iterable
        self.total = total
        self.label = label
        self.count = 0
        self._next = 0
        self._handle = None
        self._state = "running"
        self._show()

    def __iter__(self):
        if self._iterable is None:
            raise TypeError("this progress has nothing to iterate over")
        try:
            for item in self._iterable:
                yield item
                self.advance()
            self._state = "done"
        finally:
            self.close()

    def __len__(self):
        return _len(self._iterable) if self._iterable is not None else self.total

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self._state = "done"
        self.close()

    def advance(self, count=1, label=None):
        """So many more are done."""
        self.count += count
        if label is not None and label != self.label:
            self.label = _str(label)
            self._next = self.count
        if self.count >= self._next:
            self._show()

    def close(self):
        """No more will come."""
        if self._state == "closed":
            return
        if self._state == "running":
            self._state = "done" if self.total is not None and self.count >= self.total else "stopped"
        self._show()
        self._state = "closed"

    def _show(self):
        # At most a hundred states of a known length, and of an unknown one each that is a tenth further: few updates,
        # at the same counts on every machine.
        step = self.total / _STEPS if self.total else self.count / 10
        self._next = self.count + max(1, _int(step))
        value = {"value": self.count, "total": self.total, "label": self.label, "state": self._state}
        bundle = {_MEDIA_TYPE: value, "text/plain": self._text()}
        if self._handle is None:
            self._handle = display.display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)

    def _text(self):
        label = f"{self.label}: " if self.label else ""
        if not self.total:
            return f"{label}{self.count}"
        part = min(1, self.count / self.total)
        filled = _int(part * _WIDTH)
        return f"{label}{_int(part * 100):3d} % |{'█' * filled}{'·' * (_WIDTH - filled)}| {self.count}/{self.total}"

    def __repr__(self):
        return f"<progress {self._text()}>"


def progress(iterable=None, total=None, label=""):
    """Show how far a loop has come.

    iterable: what to loop over; without one, say `bar.advance()` yourself, best in `with progress(total=…) as bar:`.
    total: how many there will be; taken from `len(iterable)` where that is known.
    label: a few words before the bar.
    """
    if total is None and iterable is not None:
        try:
            total = _len(iterable)
        except TypeError:
            total = None
    if total is not None and not (isinstance(total, int) and total >= 0):
        raise TypeError("progress: total must be a count")
    return Progress(iterable, total, _str(label))
