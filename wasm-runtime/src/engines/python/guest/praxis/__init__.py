"""What a program can say to its reader and is given: rich output, progress, artifacts, parameters, inputs."""

from _praxis import inputs
from _praxis.display import DisplayHandle, clear_output, display, update_display
from _praxis.channel import artifact
from _praxis.inline import savefig
from _praxis.progress import progress
from _praxis.step import parameters

__all__ = ["DisplayHandle", "artifact", "clear_output", "display", "inputs", "parameters", "progress", "savefig",
           "update_display"]  # fmt: skip
