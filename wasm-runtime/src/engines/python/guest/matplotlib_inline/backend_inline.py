"""The backend by the name that it has in Jupyter."""

from _praxis.figures import FigureCanvas, FigureManager, flush_figures, show
from _praxis.inline import InlineBackend, set_matplotlib_close, set_matplotlib_formats

__all__ = [
    "FigureCanvas", "FigureManager", "InlineBackend", "flush_figures", "set_matplotlib_close", "set_matplotlib_formats", "show",
]  # fmt: skip
