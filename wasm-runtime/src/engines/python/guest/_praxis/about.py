"""What an object is, in plain text: for `obj?`, and for the page's tooltips."""

import inspect

_MAX_SOURCE = 40_000


def brief(value):
    try:
        text = repr(value)
        return text if isinstance(text, str) else str(text)
    except Exception as error:
        return f"<{type(value).__name__}: its repr raised {type(error).__name__}>"


def show(find, text, with_source):
    """find: gives the object, or raises what its expression does."""
    try:
        value = find()
    except (NameError, AttributeError, LookupError):
        print(f"Object `{text}` not found.")
        return
    print("\n".join(describe(value, text, with_source)))


def describe(value, name, with_source=False):
    lines = []
    signature = signature_of(value, name.rpartition(".")[2])
    if signature:
        lines.append(f"Signature: {signature}")
    lines.append(f"Type:      {type(value).__name__}")
    if not callable(value) and not inspect.ismodule(value):
        shown = brief(value)
        lines.append(f"Value:     {shown if len(shown) <= 500 else shown[:499] + '…'}")
        try:
            lines.append(f"Length:    {len(value)}")
        except Exception:
            pass
    source = source_of(value) if with_source else None
    if source:
        lines.append(f"Source:\n{source.rstrip()}")
        return lines
    documented = doc_of(value)
    lines.append(f"Docstring:\n{documented}" if documented else "Docstring: none")
    return lines


def doc_of(value):
    try:
        text = inspect.getdoc(value)
    except Exception:
        return None
    return text if isinstance(text, str) else None


def signature_of(value, name):
    if not callable(value):
        return None
    try:
        return f"{name}{inspect.signature(value)}"
    except Exception:
        return None


def source_of(value):
    try:
        text = inspect.getsource(value)
    except Exception:
        try:
            text = inspect.getsource(type(value)) if not isinstance(value, type) else None
        except Exception:
            return None
    return text[:_MAX_SOURCE] if text else None
