"""Rich display: objects to MIME bundles, as Jupyter does it."""

from itertools import count

from . import channel, pretty

_METHODS = (
    ("_repr_html_", "text/html"),
    ("_repr_markdown_", "text/markdown"),
    ("_repr_svg_", "image/svg+xml"),
    ("_repr_png_", "image/png"),
    ("_repr_jpeg_", "image/jpeg"),
    ("_repr_latex_", "text/latex"),
    ("_repr_json_", "application/json"),
    ("_repr_javascript_", "application/javascript"),
    ("_repr_pdf_", "application/pdf"),
)
_BASE64_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf")
_MAX_TYPES = 32
_MAX_KEY = 256
# As the host has it.
_MAX_ID = 256
_CANARY = "_ipython_canary_method_should_not_exist_"
_FAILED = object()
_repr, _str, _type, _isinstance, _getattr, _callable = repr, str, type, isinstance, getattr, callable
_dict, _tuple, _bytes, _len, _list = dict, tuple, bytes, len, list
_Exception, _ValueError, _TypeError, _next = Exception, ValueError, TypeError, next


def display(*objects, include=None, exclude=None, metadata=None, display_id=None, raw=False, clear=False, transient=None):
    """Show objects to the reader, each as the richest form that it offers.

    include, exclude: media types to show alone, or to leave out.
    metadata: a dict that goes with each display.
    display_id: a str, or True for a new one. A display with an id can be changed: see the handle that is returned.
    raw: the objects are MIME bundles already: `{"text/plain": "…", "image/png": b"…"}`.
    clear: remove what the step has shown so far.
    """
    if display_id is None and _isinstance(transient, _dict):
        display_id = transient.get("display_id")
    identity = None
    if display_id is not None and display_id is not False:
        identity = _new_id() if display_id is True else check_id(display_id)
    if clear:
        clear_output(wait=True)
    if not objects and identity is not None:
        objects, raw = ({"text/plain": ""},), True
    for item in objects:
        _show("display", item, include, exclude, metadata, raw, identity)
    return DisplayHandle(identity) if identity is not None else None


def update_display(obj, *, display_id, include=None, exclude=None, metadata=None, raw=False, transient=None):
    """Change what was displayed with an id: in its place when this step showed it, otherwise as a new output of this step."""
    _show("update", obj, include, exclude, metadata, raw, check_id(display_id))


def clear_output(wait=False):
    """Remove what the step has shown so far; with `wait`, when the next output comes."""
    channel.flush()
    if captures:
        captures[-1].clear(wait)
    else:
        channel.send({"kind": "clear", "wait": True if wait else False})


class DisplayHandle:
    """A display that can be changed."""

    def __init__(self, display_id=None):
        self.display_id = _new_id() if display_id is None else check_id(display_id)

    def __repr__(self):
        return f"<DisplayHandle display_id={self.display_id}>"

    def display(self, obj, **options):
        """Show it once more, here."""
        display(obj, display_id=self.display_id, **options)

    def update(self, obj, **options):
        """Show another object instead, everywhere in this step."""
        update_display(obj, display_id=self.display_id, **options)


# Numbers, not chance: an id must not use up the program's entropy.
_ids = count(1)
# Where displays go instead of to the reader: see `%%capture`.
captures = []
# What knows libraries that cannot know us: a function for a class and those below it, which gives a MIME bundle and metadata, or None.
forms = {}
# What is done before and after each step.
at_begin, at_end = [], []


def begin_step():
    captures.clear()
    for task in at_begin:
        task()


def end_step():
    """Also when the step failed."""
    for task in at_end:
        task()


def _new_id():
    return f"praxis-display-{_next(_ids)}"


def check_id(display_id):
    if not _isinstance(display_id, _str):
        raise _TypeError("display_id must be a str or True, not " + _type(display_id).__name__)
    if not 1 <= _len(display_id) <= _MAX_ID:
        raise _ValueError(f"display_id must have 1 to {_MAX_ID} characters")
    return _str(display_id)


def _show(kind, item, include, exclude, metadata, raw, identity):
    if raw:
        bundle, extra = _plain_bundle(item), {}
        if not bundle:
            raise _ValueError("a MIME bundle needs a media type with text or bytes")
    else:
        bundle, extra = mime_bundle(item, include, exclude)
        if not bundle:
            return
    if metadata:
        extra = {**extra, **metadata}
    send_bundle(kind, bundle, extra, identity)


def show_result(value):
    """The value of a step's last line."""
    bundle, metadata = mime_bundle(value)
    if bundle:
        send_bundle("result", bundle, metadata)


def send_bundle(kind, bundle, metadata, identity=None):
    """Text goes in the header, bytes behind it in the order of `binary`."""
    # Cut, two keys could become one.
    if any(_len(_str(key)) > _MAX_KEY for key in metadata):
        raise _ValueError(f"a key of the metadata has more than {_MAX_KEY} characters")
    channel.flush()
    if captures:
        captures[-1].take(kind, bundle, metadata, identity)
        return
    data, binary, payload = {}, [], []
    for media_type, value in bundle.items():
        if _isinstance(value, _bytes):
            binary.append([media_type, _len(value)])
            payload.append(value)
        else:
            data[media_type] = value
    header = {"kind": kind, "data": data, "binary": binary, "metadata": _plain(metadata)}
    if identity is not None:
        header["id"] = identity
    channel.send(header, b"".join(payload))


def mime_bundle(item, include=None, exclude=None):
    """
    The MIME bundle and metadata of an object, as Jupyter makes them: what `_repr_mimebundle_` gives, and what the other
    methods give beside it. A method that raises is left out and reported on stderr. Empty when the object showed itself.
    """
    bundle, metadata = {}, {}
    # A class has the methods of its instances, and an object that answers to every name has none.
    rich = not _isinstance(item, type) and _find(item, _CANARY) is None
    if rich:
        shows_itself = _find(item, "_ipython_display_")
        if shows_itself is not None and _attempt(shows_itself, "_ipython_display_", missing=_FAILED) is not _FAILED:
            return {}, {}
        method = _find(item, "_repr_mimebundle_")
        if method is not None:
            answer = _attempt(method, "_repr_mimebundle_", include=include, exclude=exclude)
            given, extra = answer if _isinstance(answer, _tuple) and _len(answer) == 2 else (answer, {})
            if _isinstance(given, _dict):
                bundle = _wanted(_plain_bundle(given), include, exclude)
                metadata = _dict(extra) if _isinstance(extra, _dict) else {}
            elif given is not None:
                _complain(f"_repr_mimebundle_ gave {_type(given).__name__}, not a dict")
        if forms:
            given, extra = _formed(item, include, exclude)
            bundle.update(given)
            metadata.update(extra)
        for name, media_type in _METHODS:
            if media_type in bundle or not _is_wanted(media_type, include, exclude):
                continue
            method = _find(item, name)
            if method is None:
                continue
            value = _attempt(method, name)
            if _isinstance(value, _tuple) and _len(value) == 2:
                value, extra = value
                if _isinstance(extra, _dict):
                    metadata[media_type] = extra
            if value is None:
                continue
            plain = _plain_bundle({media_type: value})
            if plain:
                bundle.update(plain)
            else:
                _complain(f"{name} gave {_type(value).__name__}, which is no {media_type}")
    if "text/plain" not in bundle and _is_wanted("text/plain", include, exclude):
        own = _find(item, "_repr_pretty_") if rich else None
        shown = _attempt(lambda: pretty.pretty(item), "_repr_pretty_") if own is not None else None
        bundle["text/plain"] = _text(item) if shown is None else shown
    return bundle, metadata


def _formed(item, include, exclude):
    try:
        found = [(kind.__name__, forms[kind]) for kind in _type(item).__mro__ if kind in forms]
    except _Exception:
        # A class whose own class has no hash is none of them.
        found = []
    if not found:
        return {}, {}
    name, form = found[0]
    return _attempt(lambda: form(item, include, exclude), f"the display of a {name}") or ({}, {})


def _is_wanted(media_type, include, exclude):
    return (not include or media_type in include) and (not exclude or media_type not in exclude)


def _wanted(bundle, include, exclude):
    return {media_type: value for media_type, value in bundle.items() if _is_wanted(media_type, include, exclude)}


def _find(item, name):
    try:
        method = _getattr(item, name, None)
    except _Exception:
        return None
    return method if _callable(method) else None


def _attempt(method, name, missing=None, **arguments):
    try:
        try:
            return method(**arguments)
        except _TypeError:
            if not arguments:
                raise
            return method()
    except NotImplementedError:
        return missing
    except _Exception as error:
        _complain(f"{name} raised {_type(error).__name__}: {error}")
        return missing


def _complain(text):
    import sys

    print(text, file=sys.stderr)


def _text(item):
    try:
        text = _repr(item)
        return text if _type(text) is _str else _str(text)
    except _Exception as error:
        return f"<{_type(item).__name__}: its repr raised {_type(error).__name__}>"


def _plain_bundle(bundle):
    """Only proper media types with text, bytes, or (for JSON types) plain values."""
    if not _isinstance(bundle, _dict):
        raise _ValueError("a MIME bundle is a dict of media type to value")
    plain = {}
    for media_type, value in bundle.items():
        if _type(media_type) is not _str or _len(plain) >= _MAX_TYPES:
            continue
        # Parameters, as in `text/plain; charset=utf-8`, say nothing about what is text already.
        media_type = media_type.partition(";")[0].strip().lower()
        if not channel.is_media_type(media_type):
            continue
        if _isinstance(value, (bytearray, memoryview)):
            value = _bytes(value)
        if _isinstance(value, _bytes) or _type(value) is _str:
            if _type(value) is _str and media_type in _BASE64_TYPES:
                import binascii

                try:
                    value = binascii.a2b_base64(value)
                except ValueError:
                    continue
            elif _isinstance(value, _bytes) and media_type.startswith("text/"):
                value = value.decode("utf-8", "replace")
            plain[media_type] = value
        elif _isinstance(value, _str):
            plain[media_type] = _str(value)
        elif media_type.endswith("json") and (_isinstance(value, (_dict, _list)) or value is None):
            try:
                plain[media_type] = channel.encode(_plain(value))
            except _Exception:
                continue
    return plain


def _plain(value, depth=0):
    """Plain JSON values of anything: subclasses become their base, other objects their repr."""
    if value is None or value is True or value is False or depth > 32:
        return value if depth <= 32 else None
    if _isinstance(value, _dict):
        return {_str(key): _plain(item, depth + 1) for key, item in value.items()}
    if _isinstance(value, (_list, _tuple)):
        return [_plain(item, depth + 1) for item in value]
    if _isinstance(value, _str):
        return _str(value)
    if _type(value) in (int, float):
        return value
    return _text(value)
