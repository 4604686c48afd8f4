"""What there is to import, for those who ask for what is not."""

import difflib
import sys

_GUEST = "/lib/praxis"
_OWN = ("IPython", "matplotlib_inline", "praxis")


def installed():
    """Top-level names beside the standard library and what lies in the working directory."""
    import pkgutil

    paths = [path for path in sys.path if path.startswith("/lib/") and path != _GUEST and "python3" not in path.rpartition("/")[2]]
    found = {module.name for module in pkgutil.iter_modules(paths) if not module.name.startswith("_")}
    own = [name for name in _OWN if name != "matplotlib_inline" or "matplotlib" in found]
    return sorted(found.union(own))


def there_are(name=""):
    """Near matches of `name` come first."""
    beside = installed()
    public = [module for module in sys.stdlib_module_names if not module.startswith("_") and module not in _LEFT_OUT]
    near = difflib.get_close_matches(name, sorted({*public, *beside}), 3, 0.6) if name else []
    listed = near + [module for module in beside if module not in near]
    return f"these are: {', '.join(listed)} and Python's standard library"


def missing(error):
    """What to say of an import that failed because the environment has no such package; None when it failed otherwise."""
    name = (error.name or "").partition(".")[0]
    if not name.isidentifier() or name in sys.modules or name in _OWN:
        return None
    if name in sys.stdlib_module_names and not name.startswith("_") and name not in _LEFT_OUT:
        return None
    if name in _WINDOWS:
        from . import inline

        return f"{name} is not in this environment: {inline.NO_WINDOWS}"
    return f"{name} is not in this environment; {there_are(name)}"


def note(error):
    """What to add to an import error of a name that our own IPython lacks."""
    from . import rich

    if error.name in ("IPython.display", "IPython.core.display"):
        return f"Praxis's own IPython.display has: {', '.join(rich.SHOWN)}"
    # pandas' words for a package that it can do without; what it proposes then cannot be done here.
    text = str(error)
    if text.startswith("Missing optional dependency '"):
        name = text.split("'")[1]
        return f"{name.lower()} is not in this environment, and nothing can be installed while a program runs"
    if "matplotlib" in sys.modules:
        from . import inline

        return inline.note(error)
    return None


# What matplotlib's other backends begin with.
_WINDOWS = frozenset({"ipykernel", "ipympl", "tkinter", "turtle"})
_LEFT_OUT = frozenset({"ctypes", "curses", "dbm", "ensurepip", "idlelib", "lib2to3", "msilib", "pwd", "readline", "resource",
                       "syslog", "termios", "tkinter", "turtle", "turtledemo", "venv", "webbrowser", "winreg", "winsound"})  # fmt: skip
