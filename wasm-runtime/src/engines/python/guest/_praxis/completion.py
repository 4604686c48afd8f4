"""
What could stand at the cursor, and what stands there, from the live names. No property is evaluated and nothing is called but
`dir`, `inspect.signature` and, for an inspection, `repr`; whatever those do is undone by the host.
"""

import __main__
import builtins
import inspect
import keyword
import re
import sys
import types

from . import about, channel, commands, syntax

_namespace = __main__.__dict__
_MAX_MATCHES = 200
_MAX_SIGNATURES = 40
_MAX_TEXT = 20_000
_MAX_NAME = 256
_DOTTED = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_magic_start = re.compile(r"^\s*(%{1,2})(\w*)$").search
_from_import = re.compile(rf"^\s*from\s+({_DOTTED})\s+import\s+\(?(?:[\w\s,]*,\s*)?(\w*)$").search
_import = re.compile(r"^\s*(?:from\s+|import\s+(?:[\w.\s]*,\s*)?)([\w.]*)$").search
_key = re.compile(rf"({_DOTTED})\[\s*([\"'])([^\"'\]]*)$").search
_attribute = re.compile(rf"({_DOTTED})\.(\w*)$").search
_word = re.compile(r"[A-Za-z_]\w*$").search
_dotted_end = re.compile(rf"{_DOTTED}$").search
_word_start = re.compile(r"\w*").match
_MISSING = object()
_stdlib = sorted(name for name in sys.stdlib_module_names if not name.startswith("_"))


def answer(question):
    before, after = question["before"], question["after"]
    if question["about"] == "inspect":
        word, text = _inspected(before, after)
        found = []
    else:
        word, found = _completed(before)
        text = ""
    matches, seen = [], set()
    for name, kind, detail in found:
        if name in seen or not 0 < len(name) <= _MAX_NAME or len(matches) >= _MAX_MATCHES:
            continue
        seen.add(name)
        match = {"text": name, "kind": kind}
        if detail:
            match["detail"] = detail[:500]
        matches.append(match)
    # The host counts in UTF-16.
    return channel.encode({"before": sum(2 if character > "\uffff" else 1 for character in word), "matches": matches, "text": text[:_MAX_TEXT]})


def warm():
    """Once, before the snapshot: whatever is imported on first use is imported now, since a question can open no file."""
    from . import packages  # noqa: F401

    for before in ("pr", "print(", "dict.fr", "import js", "from json import lo", "%ti"):
        for kind in ("complete", "inspect"):
            answer({"about": kind, "before": before, "after": ""})


def _completed(before):
    """The word that is to be replaced, and (text, kind, detail) of what could stand there."""
    line = before.rpartition("\n")[2]
    match = _magic_start(line)
    if match:
        known = {*syntax.CODE_MAGICS, *(commands.CELLS if match[1] == "%%" else commands.LINES)}
        return match[2], [(name, "magic", None) for name in sorted(known) if name.startswith(match[2])]
    match = _from_import(line)
    if match:
        module = sys.modules.get(match[1], _MISSING)
        return match[2], [] if module is _MISSING else _attributes(module, match[2])
    match = _import(line)
    if match:
        return match[1].rpartition(".")[2], _modules(match[1])
    match = _key(line)
    if match:
        value = resolve(match[1])
        keys = [key for key in dict.keys(value) if type(key) is str] if isinstance(value, dict) else []
        return match[3], [(key, "key", None) for key in keys if key.startswith(match[3]) and match[2] not in key and "\\" not in key]
    match = _attribute(line)
    if match:
        value = resolve(match[1])
        return match[2], [] if value is _MISSING else _attributes(value, match[2])
    match = _word(line)
    word = match[0] if match else ""
    if not word and not _opened(before):
        return "", []
    return word, _arguments(before[: len(before) - len(word)], word) + (_names(word) if word else [])


def _attributes(value, prefix):
    try:
        names = [name for name in dir(value) if type(name) is str and name.startswith(prefix)]
    except Exception:
        return []
    if not prefix.startswith("_"):
        names = [name for name in names if not name.startswith("_")]
    names.sort(key=lambda name: (name.startswith("__"), name))
    names = names[:_MAX_MATCHES]
    return [(name, *_described(_static(value, name), name, len(names))) for name in names]


def _names(prefix):
    found, seen = [], set()
    for names in (_namespace, builtins.__dict__):
        for name in sorted(name for name in names if type(name) is str and name.startswith(prefix)):
            if name not in seen and (not name.startswith("_") or prefix.startswith("_")) and name.isidentifier():
                seen.add(name)
                found.append((name, names[name]))
    found = found[:_MAX_MATCHES]
    words = [(word, "keyword", None) for word in keyword.kwlist if word.startswith(prefix) and word not in seen]
    return [(name, *_described(value, name, len(found))) for name, value in found] + words


def _described(value, name, count):
    if isinstance(value, (staticmethod, classmethod)):
        value = value.__func__
    if isinstance(value, type):
        return "class", None
    if isinstance(value, types.ModuleType):
        return "module", None
    if isinstance(value, property):
        return "property", None
    if isinstance(value, _FUNCTIONS):
        return "function", about.signature_of(value, "") if count <= _MAX_SIGNATURES else None
    return "variable", None if value is _MISSING else type(value).__name__


_FUNCTIONS = (
    types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodDescriptorType, types.WrapperDescriptorType,
    types.MethodWrapperType, types.ClassMethodDescriptorType,
)  # fmt: skip
# Descriptors of C: reading them runs nothing of the program's.
_PLAIN_DESCRIPTORS = (types.MemberDescriptorType, types.GetSetDescriptorType)


def _modules(path):
    parent, dot, prefix = path.rpartition(".")
    if not dot:
        from . import packages

        loaded = {name for name in sys.modules if "." not in name and not name.startswith("_")}
        names = sorted({*_stdlib, *loaded, *packages._OWN} - packages._LEFT_OUT)
        return [(name, "module", None) for name in names if name.startswith(prefix)]
    start = parent + "."
    below = {name[len(start) :].partition(".")[0] for name in sys.modules if name.startswith(start)}
    return [(name, "module", None) for name in sorted(below) if name.startswith(prefix)]


def _arguments(before, prefix):
    """Keyword arguments of the call that the cursor stands in."""
    called = _opened(before)
    value = resolve(called) if called else _MISSING
    if value is _MISSING or not callable(value):
        return []
    try:
        parameters = inspect.signature(value).parameters.values()
    except Exception:
        return []
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [(f"{one.name}=", "argument", str(one)) for one in parameters if one.kind in kinds and one.name.startswith(prefix)]


def _opened(before):
    """The dotted name before the innermost bracket that is still open; None when there is none, or it is no call."""
    depth = 0
    for at in range(len(before) - 1, max(-1, len(before) - 4000), -1):
        character = before[at]
        if character in ")]}":
            depth += 1
        elif character in "([{":
            if depth == 0:
                match = _dotted_end(before[:at].rstrip()) if character == "(" else None
                return match[0] if match and not keyword.iskeyword(match[0]) else None
            depth -= 1
    return None


def resolve(path):
    """The value of a dotted name, without running anything of the program's."""
    first, *rest = path.split(".")
    value = _namespace.get(first, _MISSING)
    if value is _MISSING:
        value = builtins.__dict__.get(first, _MISSING)
    for name in rest:
        if value is _MISSING:
            return _MISSING
        owner, value = value, _static(value, name)
        if isinstance(value, (staticmethod, classmethod)):
            value = value.__func__
        elif isinstance(value, _PLAIN_DESCRIPTORS) and not isinstance(owner, type):
            try:
                value = value.__get__(owner, type(owner))
            except Exception:
                return _MISSING
        elif isinstance(value, types.FunctionType) and not isinstance(owner, (type, types.ModuleType)):
            if name not in getattr(owner, "__dict__", {}):
                value = types.MethodType(value, owner)
        elif not isinstance(value, type) and hasattr(type(value), "__get__") and not isinstance(value, _FUNCTIONS):
            return _MISSING
    return value


def _static(value, name):
    try:
        return inspect.getattr_static(value, name, _MISSING)
    except Exception:
        return _MISSING


def _inspected(before, after):
    """The name that a text is about, and the text."""
    match = _dotted_end(before)
    tail = _word_start(after)[0]
    start = match[0] if match else ""
    for path in (start + tail if start else tail, _opened(before) or ""):
        if not path or not re.fullmatch(_DOTTED, path) or keyword.iskeyword(path):
            continue
        value = resolve(path)
        if value is not _MISSING:
            return start, "\n".join(about.describe(value, path))
    return "", ""
