"""What a cell under `%%capture` wrote and showed."""

import __main__
import sys

from . import channel, display

_namespace = __main__.__dict__


class Captured:
    """Takes the place of the streams and the reader."""

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
        try:
            # Figures that the cell leaves open are among what it shows.
            display.end_step()
        finally:
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
