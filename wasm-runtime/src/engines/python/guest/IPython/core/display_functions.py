"""Older notebooks import from here what is in IPython.display."""

from IPython.display import *
from IPython.display import __all__, __getattr__
