"""How figures of matplotlib are shown: what `%config InlineBackend` sets and `%matplotlib` takes. Needs no matplotlib itself."""

import ast
import sys
from mimetypes import guess_type

BACKEND = "module://_praxis.figures"
_OURS = (BACKEND, "module://matplotlib_inline.backend_inline", "inline")
# By Jupyter's names: media type, matplotlib's format, pixels for each pixel of the page.
FORMATS = {
    "png": ("image/png", "png", 1),
    "retina": ("image/png", "png", 2),
    "png2x": ("image/png", "png", 2),
    "svg": ("image/svg+xml", "svg", 1),
    "jpg": ("image/jpeg", "jpeg", 1),
    "jpeg": ("image/jpeg", "jpeg", 1),
    "pdf": ("application/pdf", "pdf", 1),
}
NO_WINDOWS = (
    "figures are pictures in the page: there are no windows and no widgets here. `%matplotlib inline` is set already, "
    "and `%config InlineBackend.figure_format = 'svg'` makes them vector graphics"
)


class _InlineBackend:
    """Names and meanings are those of Jupyter's `InlineBackend`."""

    names = ("close_figures", "figure_format", "figure_formats", "print_figure_kwargs", "rc")

    def __init__(self):
        self.__dict__.update(_formats=("retina",), close_figures=True, print_figure_kwargs={"bbox_inches": "tight"})

    def __setattr__(self, name, value):
        if name not in self.names:
            raise ValueError(f"InlineBackend has no {name}; it has {', '.join(self.names)}")
        object.__setattr__(self, name, value)

    @classmethod
    def instance(cls, *args, **options):
        return InlineBackend

    @property
    def figure_formats(self):
        return set(self._formats)

    @figure_formats.setter
    def figure_formats(self, formats):
        formats = (formats,) if isinstance(formats, str) else tuple(formats)
        for name in formats:
            if name not in FORMATS:
                raise ValueError(f"figures cannot be shown as {name!r}; there are: {', '.join(FORMATS)}")
        # In one order, whatever the order of a set.
        self.__dict__["_formats"] = tuple(name for name in FORMATS if name in formats) or ("retina",)

    @property
    def figure_format(self):
        return self._formats[0]

    @figure_format.setter
    def figure_format(self, name):
        self.figure_formats = name

    @property
    def rc(self):
        import matplotlib

        return matplotlib.rcParams

    @rc.setter
    def rc(self, settings):
        import matplotlib

        matplotlib.rcParams.update(settings)


InlineBackend = _InlineBackend()


def set_matplotlib_formats(*formats, **options):
    """Show figures as `png`, `retina` (a PNG of twice the pixels, which is the default), `svg`, `jpeg` or `pdf`.

    options: what `Figure.savefig` is given besides.
    """
    InlineBackend.figure_formats = formats
    InlineBackend.print_figure_kwargs = {**InlineBackend.print_figure_kwargs, **options}


def set_matplotlib_close(close=True):
    """Whether figures are closed at the end of each step."""
    InlineBackend.close_figures = bool(close)


def savefig(name, figure=None, **options):
    """Hand a figure of matplotlib to the reader as a file.

    name: of the artifact, e.g. `figures/growth.svg`; its ending says the format.
    figure: the current one, when left out.
    options: those of `Figure.savefig`.
    """
    import io

    from . import channel, figures

    if figure is None:
        figure = figures.current()
    ending = name.rpartition(".")[2].lower() if "." in name else "png"
    given = options.pop("format", ending)
    media_type = guess_type(f"figure.{given}")[0] or "application/octet-stream"
    # An ending that no format has is matplotlib's to refuse, and what it makes of a name ours: all is as with a file.
    bytes_ = io.BytesIO()
    figure.savefig(bytes_, format=given, **options)
    channel.artifact(name, bytes_.getvalue(), media_type)


def config(text):
    """`%config InlineBackend.NAME = VALUE`. Raises ValueError. False: it is about something else."""
    target, sign, value = (part.strip() for part in text.partition("="))
    owner, _, name = target.partition(".")
    if owner != "InlineBackend":
        return False
    if not name:
        for name in ("close_figures", "figure_formats", "print_figure_kwargs"):
            print(f"InlineBackend.{name} = {getattr(InlineBackend, name)!r}")
    elif not sign:
        if name not in InlineBackend.names:
            raise ValueError(f"InlineBackend has no {name}; it has {', '.join(InlineBackend.names)}")
        print(repr(getattr(InlineBackend, name)))
    else:
        try:
            setting = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            raise ValueError(f"{value} is no plain value, as 'svg' or True") from None
        setattr(InlineBackend, name, setting)
    return True


def choose_backend(text):
    """`%matplotlib NAME`. Raises ValueError."""
    words = [word for word in text.split() if word != "--no-import-all"]
    if words in (["--list"], ["-l"]):
        print("Available matplotlib backends: ['inline', 'agg']")
        return
    name = words[0].lower() if words else "inline"
    if name not in ("inline", "agg", "auto"):
        raise ValueError(NO_WINDOWS)
    if "matplotlib" in sys.modules:
        import matplotlib

        current = matplotlib.rcParams._get("backend") if hasattr(matplotlib.rcParams, "_get") else matplotlib.get_backend()
        if name == "agg" or current not in _OURS:
            matplotlib.use("agg" if name == "agg" else BACKEND)


def note(error):
    """What to add to matplotlib's own words about a backend that is not here."""
    text = str(error)
    parts = ("interactive framework", "Qt binding modules", "requires Tornado", "requires wxPython", "requires PyGObject", "cairo backend")
    return NO_WINDOWS if any(part in text for part in parts) else None
