"""What notebooks import from matplotlib_inline. Figures are shown by `_praxis.figures`."""

__version__ = "0.1.7+praxis"
