"""What a program can say to its reader: rich output, artifacts, parameters."""

from _praxis.display import display
from _praxis.channel import artifact
from _praxis.step import parameters

__all__ = ["artifact", "display", "parameters"]
