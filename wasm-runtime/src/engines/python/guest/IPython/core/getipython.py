"""Older notebooks import `get_ipython` from here."""

from IPython import get_ipython

__all__ = ["get_ipython"]
