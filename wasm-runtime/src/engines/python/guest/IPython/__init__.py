"""Praxis's own small IPython: what notebooks import from it, and no more."""

from _praxis import magic as _magic

__all__ = ["display", "get_ipython", "version_info"]
# Programs that ask mean what it can do; this one follows the display protocol of that version.
version_info = (8, 0, 0, "praxis")
__version__ = "8.0.0+praxis"


def get_ipython():
    """What runs the cells: magics by name, and the namespace of the notebook."""
    return _magic.shell


def __getattr__(name):
    if name == "display":
        import IPython.display

        return IPython.display
    raise AttributeError(f"Praxis's own IPython has no {name}; it has IPython.display and get_ipython")
