"""Objects that are shown as what they hold: HTML, Markdown, formulas, images. Names and arguments are those of IPython.display."""

import io
import json
from mimetypes import guess_type

from .display import DisplayHandle, clear_output, display, update_display
from .inline import set_matplotlib_close, set_matplotlib_formats

_IMAGES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
)
_FORMATS = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}


def _no_network(url):
    raise OSError(f"{url}: a sandbox has no network; add the file to the inputs and read it under /data")


class DisplayObject:
    """What it holds is given as `data`, or read from a file."""

    _mode = "r"

    def __init__(self, data=None, url=None, filename=None, metadata=None):
        if url is not None:
            _no_network(url)
        self.data, self.filename, self.metadata = data, filename, metadata or {}
        if data is None and filename is not None:
            with io.open(filename, self._mode, encoding=None if "b" in self._mode else "utf-8") as file:
                self.data = file.read()

    def __repr__(self):
        return f"<IPython.core.display.{type(self).__name__} object>"

    def _shown(self, value):
        return (value, self.metadata) if self.metadata else value


class TextDisplayObject(DisplayObject):
    def __init__(self, data=None, url=None, filename=None, metadata=None):
        if data is not None and not isinstance(data, (str, bytes)):
            raise TypeError(f"{type(self).__name__} expects text, not {data!r}")
        if isinstance(data, bytes):
            data = data.decode("utf-8")
        super().__init__(data, url, filename, metadata)


class Pretty(TextDisplayObject):
    def __repr__(self):
        return self.data


class HTML(TextDisplayObject):
    def _repr_html_(self):
        return self._shown(self.data)

    __html__ = _repr_html_


class Markdown(TextDisplayObject):
    def _repr_markdown_(self):
        return self._shown(self.data)


class Latex(TextDisplayObject):
    def _repr_latex_(self):
        return self._shown(self.data)


class Math(Latex):
    def _repr_latex_(self):
        return self._shown("$\\displaystyle %s$" % self.data.strip("$"))


class SVG(TextDisplayObject):
    def _repr_svg_(self):
        # Headers and comments before the drawing are none of it.
        start = self.data.find("<svg")
        return self._shown(self.data[start:] if start > 0 else self.data)


class Javascript(TextDisplayObject):
    """Kept in the record; the page does not run it."""

    def _repr_javascript_(self):
        return self._shown(self.data)


class JSON(DisplayObject):
    def __init__(self, data=None, url=None, filename=None, expanded=False, metadata=None, root="root"):
        super().__init__(data, url, filename, {"expanded": expanded, "root": root, **(metadata or {})})
        if isinstance(self.data, str):
            self.data = json.loads(self.data)
        if self.data is not None and not isinstance(self.data, (dict, list, tuple)):
            raise TypeError(f"JSON expects a dict, a list or text, not {self.data!r}")

    def _repr_json_(self):
        return self.data, self.metadata


class Code(TextDisplayObject):
    def __init__(self, data=None, url=None, filename=None, language=None, metadata=None):
        self.language = language
        super().__init__(data, url, filename, metadata)

    def _repr_markdown_(self):
        fence = "```"
        while fence in self.data:
            fence += "`"
        return f"{fence}{self.language or 'python'}\n{self.data}\n{fence}"

    def __repr__(self):
        return self.data


class Image(DisplayObject):
    """A picture: bytes, or the name of a file. `width` and `height` are in pixels."""

    _mode = "rb"

    def __init__(self, data=None, url=None, filename=None, format=None, embed=None, width=None, height=None,
                 retina=False, unconfined=False, metadata=None, alt=None):  # fmt: skip
        if isinstance(data, str):
            if data.startswith(("http://", "https://")):
                _no_network(data)
            if not data.startswith("data:"):
                data, filename = None, data
        size = {name: value for name, value in (("width", width), ("height", height), ("alt", alt)) if value is not None}
        super().__init__(data, url, filename, {**size, **(metadata or {})})
        if isinstance(self.data, (bytearray, memoryview)):
            self.data = bytes(self.data)
        if not isinstance(self.data, bytes):
            raise TypeError("Image expects bytes or the name of a file")
        self.alt = alt
        self.media_type = next((kind for start, kind in _IMAGES if self.data.startswith(start)), None)
        if format is not None:
            self.media_type = _FORMATS.get(format.lower())
        elif self.media_type is None and filename is not None:
            self.media_type = guess_type(str(filename))[0]
        if self.media_type not in _FORMATS.values():
            raise ValueError("Image: expected a PNG, JPEG, GIF or WebP picture; SVG(…) shows a drawing")

    def _repr_mimebundle_(self, include=None, exclude=None):
        bundle = {self.media_type: self.data}
        if self.alt:
            bundle["text/plain"] = str(self.alt)
        return bundle, {self.media_type: self.metadata} if self.metadata else {}


# What is missing, and what serves instead.
_INSTEAD = {
    "Audio": "keep the sound with praxis.artifact(name, data, media_type)",
    "Video": "keep the film with praxis.artifact(name, data, media_type)",
    "FileLink": "keep the file with praxis.artifact(name, data, media_type)",
    "FileLinks": "keep the files with praxis.artifact(name, data, media_type)",
    "IFrame": "a page without a network has nothing to frame; HTML(…) shows what you have",
    "YouTubeVideo": "a sandbox has no network; a link in a text cell serves",
    "VimeoVideo": "a sandbox has no network; a link in a text cell serves",
    "ScribdDocument": "a sandbox has no network; a link in a text cell serves",
    "ProgressBar": "praxis.progress(iterable) shows progress",
    "GeoJSON": "JSON(…) shows the data",
}

SHOWN = (
    "Code", "DisplayHandle", "DisplayObject", "HTML", "Image", "JSON", "Javascript", "Latex", "Markdown", "Math", "Pretty",
    "SVG", "TextDisplayObject", "clear_output", "display", "set_matplotlib_close", "set_matplotlib_formats", "update_display",
)  # fmt: skip


class Missing:
    """Stands for a name that is not here: importing it works, using it says what to do."""

    def __init__(self, name):
        self._name = name

    def __call__(self, *args, **options):
        raise NotImplementedError(f"{self._name} is not in this environment: {_INSTEAD[self._name]}")

    def __repr__(self):
        return f"<{self._name}, which is not in this environment>"


def missing(name):
    """For the `__getattr__` of a module."""
    if name in _INSTEAD:
        return Missing(name)
    raise AttributeError(f"this IPython.display has no {name}; it has {', '.join(SHOWN)}")
