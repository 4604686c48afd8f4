"""What notebooks import from IPython.lib.pretty."""

from _praxis.pretty import PrettyPrinter, RepresentationPrinter, pprint, pretty

__all__ = ["PrettyPrinter", "RepresentationPrinter", "pprint", "pretty"]
