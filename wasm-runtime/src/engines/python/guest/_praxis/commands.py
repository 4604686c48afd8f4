"""What magics do that take no code: about names, files, history and what there is; and what to do instead of those that cannot be."""

import __main__
import os
import sys

from . import about, display, history, inline, rich, syntax

_namespace = __main__.__dict__
NO_SHELL = "there is no shell in the sandbox, only Python: os, shutil and pathlib work on files"
_NO_INSTALL = (
    "nothing can be installed while a program runs: what there is to import belongs to the environment's version, so that "
    "the same program gives the same result everywhere"
)
_NO_STOPPING = "a run cannot be stopped to look around; the traceback and %who say where it stood"


class UsageError(Exception):
    """A magic that is not here, or was not asked as it can be."""


UsageError.__module__ = "builtins"


def refuse_install(command):
    from . import packages

    raise UsageError(f"{command}: {_NO_INSTALL}; {packages.there_are()}")


def _users(text):
    hidden = {"get_ipython", "exit", "quit", *history.NAMES}
    names = [name for name in _namespace if not name.startswith("_") and name not in hidden]
    kinds = text.split()
    return sorted(name for name in names if not kinds or type(_namespace[name]).__name__ in kinds)


def _who(text):
    """names of the notebook's variables; `%who int str` of these types only"""
    print("  ".join(_users(text)) or "There are no variables yet.")


def _whos(text):
    """the notebook's variables with type and value"""
    names = _users(text)
    if not names:
        return print("There are no variables yet.")
    rows = [("Variable", "Type", "Value")]
    for name in names:
        value = _namespace[name]
        shown = " ".join(about.brief(value).split())
        rows.append((name, type(value).__name__, shown if len(shown) <= 60 else shown[:59] + "…"))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for row in rows:
        print(f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}")


def _pwd(text):
    """the working directory"""
    return os.getcwd()


def _cd(text):
    """change the working directory"""
    os.chdir(text or "/job")
    print(os.getcwd())


def _env(text):
    """the environment variables, one of them (`%env NAME`), or set one (`%env NAME=value`)"""
    if not text:
        return dict(os.environ)
    name, sign, value = text.partition("=")
    name, value = (name.strip(), value.strip()) if sign else (text.partition(" ")[0], text.partition(" ")[2].strip())
    if not sign and not value:
        if name not in os.environ:
            raise UsageError(f"%env: there is no variable {name}")
        return os.environ[name]
    os.environ[name] = value
    print(f"env: {name}={value}")


def _matplotlib(text):
    """`%matplotlib inline`: figures are shown in the page, which they are anyway"""
    try:
        inline.choose_backend(text)
    except ValueError as error:
        raise UsageError(f"%matplotlib {text}: {error}") from None


def _config(text):
    """how figures are shown: `%config InlineBackend.figure_format = 'svg'` (or 'png', 'retina')"""
    try:
        if not inline.config(text):
            _noted("config")(text)
    except ValueError as error:
        raise UsageError(f"%config: {error}") from None


def _noted(name):
    def magic(text):
        print(f"%{name} {text}: nothing to do here".replace(" :", ":"), file=sys.stderr)

    magic.__doc__ = "accepted, and does nothing here"
    return magic


def _pip(text):
    """says why nothing can be installed"""
    refuse_install(f"%pip {text}")


def _conda(text):
    """says why nothing can be installed"""
    refuse_install(f"%conda {text}")


def _shell_line(text):
    """says that there is no shell"""
    raise UsageError(f"{text}: {NO_SHELL}")


def _use(what):
    def magic(text, body=None):
        raise UsageError(what)

    magic.__doc__ = what
    return magic


def _lsmagic(text):
    """what there is"""
    print("Line magics: " + " ".join("%" + name for name in sorted({*LINES, *syntax.CODE_MAGICS} - {"capture"})))
    print("Cell magics: " + " ".join("%%" + name for name in sorted({*CELLS, *syntax.CODE_MAGICS})))


def _shell_cell(text, body):
    """says that there is no shell"""
    raise UsageError(NO_SHELL)


def _as(make, what):
    def magic(text, body):
        display.display(make(body))

    magic.__doc__ = f"show the cell as {what}"
    return magic


def _writefile(text, body):
    """write the cell into a file; `-a` appends"""
    words = text.split()
    append = "-a" in words
    names = [word for word in words if word != "-a"]
    if len(names) != 1:
        raise UsageError("%%writefile: expected the name of one file")
    existed = os.path.exists(names[0])
    with open(names[0], "a" if append else "w", encoding="utf-8") as file:
        file.write(body if body.endswith("\n") else body + "\n")
    print(f"{'Appending to' if append else 'Overwriting' if existed else 'Writing'} {names[0]}")


def _who_ls(text):
    """names of the notebook's variables, as a list"""
    return _users(text)


def _forget(names):
    for name in names:
        _namespace.pop(name, None)


def _reset(text):
    """forget the notebook's variables; what was imported stays loaded"""
    _forget(_users(""))
    history.Out.clear()


def _xdel(text):
    """forget a variable"""
    if text not in _namespace:
        raise UsageError(f"%xdel: there is no variable {text}")
    _forget([text])


def _history(text):
    """the cells so far; `-n` with their numbers"""
    for number, source in enumerate(history.In[1:], 1):
        print(f"{number:>4}: {source}" if "-n" in text.split() else source)


def _ls(text):
    """the files of the working directory, or of another"""
    folder = text or "."
    names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
    print("  ".join(name + "/" if os.path.isdir(os.path.join(folder, name)) else name for name in names))


def _cat(text):
    """the text of a file"""
    with open(text, encoding="utf-8", errors="replace") as file:
        print(file.read(), end="")


def _mkdir(text):
    """make a directory"""
    os.mkdir(text)


def _run(text):
    """run a file of Python, and keep the names that it defines"""
    import runpy
    import shlex

    words = shlex.split(text)
    if not words:
        raise UsageError("%run: expected the name of a file")
    before, sys.argv = sys.argv, words
    main = sys.modules["__main__"]
    try:
        found = runpy.run_path(words[0], run_name="__main__")
    finally:
        sys.argv, sys.modules["__main__"] = before, main
    _namespace.update({name: value for name, value in found.items() if not name.startswith("__")})


def _described(what, with_source, part=None):
    def magic(text):
        from . import completion

        value = completion.resolve(text)
        if value is completion._MISSING:
            print(f"Object `{text}` not found.")
        else:
            print(part(value) or "There is nothing to show." if part else "\n".join(about.describe(value, text, with_source)))

    magic.__doc__ = what
    return magic


CODE_HELP = {
    "time": "run a statement or cell, and say the fuel that it used and the virtual time that passed",
    "timeit": "fuel of a statement or cell in each turn of a loop; -n N turns, -r R rounds of which the least counts",
    "fuel": "run a statement or cell, and say the fuel that it used",
    "fuel_profile": "run a statement or cell, and say for each of its lines how often it ran and the fuel that it used",
    "capture": "run the cell, and keep what it writes and shows in a variable: %%capture name",
}
LINES = {
    "autoreload": _noted("autoreload"),
    "cat": _cat,
    "cd": _cd,
    "colors": _noted("colors"),
    "conda": _conda,
    "config": _config,
    "debug": _use("%debug: " + _NO_STOPPING),
    "edit": _use("%edit: the code is in the cell"),
    "env": _env,
    "gui": _noted("gui"),
    "hist": _history,
    "history": _history,
    "load": _use("%load: open the file and copy its text into the cell; %cat shows it"),
    "load_ext": _noted("load_ext"),
    "lprun": _use("%lprun: %fuel_profile is the line profiler here"),
    "ls": _ls,
    "lsmagic": _lsmagic,
    "mamba": _conda,
    "matplotlib": _matplotlib,
    "memit": _use("%memit: the page says under each cell how much memory the kernel has"),
    "mkdir": _mkdir,
    "pdb": _use("%pdb: " + _NO_STOPPING),
    "pdef": _described("signature of an object", False, lambda value: about.signature_of(value, getattr(value, "__name__", ""))),
    "pdoc": _described("docstring of an object", False, about.doc_of),
    "pinfo": _described("signature and docstring of an object, as `object?`", False),
    "pinfo2": _described("source of an object, as `object??`", True),
    "pip": _pip,
    "pprint": _noted("pprint"),
    "precision": _noted("precision"),
    "prun": _use("%prun: %fuel_profile says where the fuel went, line by line"),
    "psource": _described("source of an object", True, about.source_of),
    "pwd": _pwd,
    "reload_ext": _noted("reload_ext"),
    "reset": _reset,
    "run": _run,
    "set_env": _env,
    "store": _use("%store: nothing stays from one run to the next; praxis.artifact(name, data) keeps a file for the reader"),
    "sx": _shell_line,
    "system": _shell_line,
    "who": _who,
    "who_ls": _who_ls,
    "whos": _whos,
    "xdel": _xdel,
    "xmode": _noted("xmode"),
}
CELLS = {
    "HTML": _as(rich.HTML, "HTML"),
    "bash": _shell_cell,
    "cmd": _shell_cell,
    "file": _writefile,
    "html": _as(rich.HTML, "HTML"),
    "javascript": _use("%%javascript: make it a cell of JavaScript"),
    "js": _use("%%js: make it a cell of JavaScript"),
    "latex": _as(rich.Latex, "LaTeX"),
    "markdown": _as(rich.Markdown, "Markdown"),
    "perl": _shell_cell,
    "prun": _use("%%prun: %%fuel_profile says where the fuel went, line by line"),
    "python": _use("%%python: leave the line out; the cell is Python already"),
    "python3": _use("%%python3: leave the line out; the cell is Python already"),
    "ruby": _shell_cell,
    "script": _shell_cell,
    "sh": _shell_cell,
    "svg": _as(rich.SVG, "an SVG drawing"),
    "sx": _shell_cell,
    "system": _shell_cell,
    "writefile": _writefile,
}
