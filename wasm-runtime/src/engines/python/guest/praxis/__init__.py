"""What a program can say to its reader: rich output, progress, artifacts, parameters."""

from _praxis.display import DisplayHandle, clear_output, display, update_display
from _praxis.channel import artifact
from _praxis.progress import progress
from _praxis.step import parameters

__all__ = ["DisplayHandle", "artifact", "clear_output", "display", "parameters", "progress", "update_display"]
