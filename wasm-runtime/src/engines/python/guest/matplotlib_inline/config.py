"""How figures are shown."""

from _praxis.inline import InlineBackend

__all__ = ["InlineBackend"]
