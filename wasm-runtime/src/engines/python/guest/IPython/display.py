"""What notebooks import from IPython.display. What is not here says so when it is used."""

from _praxis.rich import (
    HTML, JSON, SVG, Code, DisplayHandle, DisplayObject, Image, Javascript, Latex, Markdown, Math, Pretty, SHOWN,
    TextDisplayObject, clear_output, display, set_matplotlib_close, set_matplotlib_formats, update_display,
)  # fmt: skip
from _praxis.rich import missing as __getattr__

__all__ = list(SHOWN)
