"""
The backend of matplotlib: figures are shown in the page when a step ends, or before by `plt.show()`. It has its name from the
environment's definition (MPLBACKEND), and is there before the first plot when the environment imports pyplot for its snapshot.
"""

import io

import numpy
from matplotlib import pyplot
from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase, register_backend
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from . import display, png
from .inline import FORMATS, InlineBackend

_PARTS = ("axes", "lines", "patches", "texts", "images", "artists", "legends", "subfigs")
_OF_ANY_FORMAT = {"facecolor", "edgecolor", "dpi", "bbox_inches", "bbox_extra_artists", "pad_inches"}
_MAX_ALT = 400
# Longer drawings are kept as bytes, like pictures, and do not count as text.
_MAX_SVG_TEXT = 16_384


class FigureManager(FigureManagerBase):
    def show(self):
        display.display(self.canvas.figure)

    @classmethod
    def pyplot_show(cls, *args, **options):
        show(*args, **options)


class FigureCanvas(FigureCanvasAgg):
    manager_class = FigureManager

    def draw_idle(self, *args, **options):
        """There is nobody to look before the figure is shown."""

    def print_shown(self, file, **options):
        """For `print_figure`: the picture in the page."""
        self.draw()
        figure = self.figure
        opaque = figure.patch.get_visible() and figure.get_facecolor()[3] == 1
        file.write(png.encode(numpy.asarray(self.buffer_rgba()), figure.dpi, opaque))


def show(close=None, block=None):
    """Show the figures that are open, and close them."""
    try:
        for manager in Gcf.get_all_fig_managers():
            figure = manager.canvas.figure
            # What was shown and not changed since is shown once.
            if figure.stale or not getattr(figure, "_praxis_shown", False):
                display.display(figure)
    finally:
        if InlineBackend.close_figures if close is None else close:
            Gcf.destroy_all()


def flush_figures():
    """Only where this backend is the chosen one: whoever takes another wants files."""
    if Gcf.figs and any(isinstance(manager, FigureManager) for manager in Gcf.figs.values()):
        show()


def current():
    return pyplot.gcf()


def _form(figure, include, exclude):
    bundle, metadata = {}, {}
    if not any(getattr(figure, part, None) for part in _PARTS) and figure._suptitle is None:
        return bundle, metadata
    for name in InlineBackend._formats:
        media_type, format, scale = FORMATS[name]
        if (include and media_type not in include) or (exclude and media_type in exclude):
            continue
        data = _drawn(figure, format, scale)
        extra = {"alt": _described(figure)}
        if scale > 1:
            extra["width"], extra["height"] = (int.from_bytes(data[at : at + 4], "big") // scale for at in (16, 20))
        if media_type == "image/svg+xml" and len(data) <= _MAX_SVG_TEXT:
            data = data.decode("utf-8")
        bundle[media_type], metadata[media_type] = data, extra
    figure._praxis_shown = True
    figure.stale = False
    return bundle, metadata


def _drawn(figure, format, scale):
    file = io.BytesIO()
    options = {"facecolor": figure.get_facecolor(), "edgecolor": figure.get_edgecolor(), "dpi": figure.dpi * scale}
    options.update(InlineBackend.print_figure_kwargs)
    if format == "png" and options.keys() <= _OF_ANY_FORMAT:
        format = "shown"
    canvas = figure.canvas
    try:
        FigureCanvas(figure).print_figure(file, format=format, **options)
    finally:
        figure.set_canvas(canvas)
    return file.getvalue()


def _described(figure):
    """Words for those who do not see it: titles, and what the axes say."""
    parts = [figure._suptitle.get_text()] if figure._suptitle is not None else []
    for axes in figure.axes:
        names = [axes.get_xlabel(), axes.get_ylabel()]
        labels = " against ".join(name for name in reversed(names) if name)
        parts.append(": ".join(part for part in (axes.get_title(), labels) if part))
    said = "; ".join(" ".join(part.split()) for part in parts if part.strip())
    text = f"Figure. {said}" if said else f"Figure with {len(figure.axes)} {'plot' if len(figure.axes) == 1 else 'plots'}"
    return text if len(text) <= _MAX_ALT else text[: _MAX_ALT - 1] + "…"


def _nothing():
    """The page draws when a step ends; matplotlib need not be told by an IPython, which would be ours."""


def _warm():
    """Fonts are found and read before the snapshot, not in everybody's first plot."""
    figure = Figure(dpi=10)
    FigureCanvas(figure)
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], label="0")
    axes.set(title="A", xlabel="a", ylabel="0")
    axes.legend()
    _drawn(figure, "png", 1)


display.forms[Figure] = _form
display.at_end.append(flush_figures)
pyplot.install_repl_displayhook = _nothing
for _format, _module in (("svg", "_praxis.figure_svg"), ("svgz", "_praxis.figure_svg"), ("pdf", "_praxis.figure_pdf")):
    register_backend(_format, _module)
_warm()
