"""PDF of figures without a date."""

from matplotlib.backends import backend_pdf

_info = backend_pdf._create_pdf_info_dict


def _without_date(backend, metadata):
    """Also for documents of many pages, which do not come here through a canvas."""
    return _info(backend, {"CreationDate": None, **(metadata or {})})


backend_pdf._create_pdf_info_dict = _without_date
FigureCanvas = backend_pdf.FigureCanvasPdf
