"""SVG of figures without a date, and with the same ids each time."""

from matplotlib import rc_context, rcParams
from matplotlib.backends.backend_svg import FigureCanvasSVG


class FigureCanvas(FigureCanvasSVG):
    # matplotlib gives these four to methods that are not its own; its own SVG has no use for them.
    def print_svg(self, filename, *, metadata=None, dpi=None, facecolor=None, edgecolor=None, orientation=None, **options):
        with rc_context({"svg.hashsalt": rcParams["svg.hashsalt"] or "praxis"}):
            super().print_svg(filename, metadata={"Date": None, **(metadata or {})}, **options)

    def print_svgz(self, filename, **options):
        import gzip

        from matplotlib import cbook

        # The time of a gzip header is left out, too.
        with cbook.open_file_cm(filename, "wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
            self.print_svg(packed, **options)
