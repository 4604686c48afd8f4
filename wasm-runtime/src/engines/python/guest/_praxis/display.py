"""Rich display: objects to MIME bundles, as Jupyter does it."""

from . import channel

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
_MAX_KEY = 128
_repr, _str, _type, _isinstance, _getattr, _callable = repr, str, type, isinstance, getattr, callable
_dict, _tuple, _bytes, _len, _list = dict, tuple, bytes, len, list
_Exception, _ValueError = Exception, ValueError


def display(*objects, metadata=None, raw=False):
    """Show objects to the reader, each as the richest form that it offers.

    raw: the objects are MIME bundles already: `{"text/plain": "…", "image/png": b"…"}`.
    """
    for item in objects:
        if raw:
            bundle, extra = _plain_bundle(item), {}
            if not bundle:
                raise _ValueError("a MIME bundle needs a media type with text or bytes")
        else:
            bundle, extra = mime_bundle(item)
        if metadata:
            extra = {**extra, **metadata}
        send_bundle("display", bundle, extra)


def send_bundle(kind, bundle, metadata):
    """Text goes in the header, bytes behind it in the order of `binary`."""
    data, binary, payload = {}, [], []
    for media_type, value in bundle.items():
        if _isinstance(value, _bytes):
            binary.append([media_type, _len(value)])
            payload.append(value)
        else:
            data[media_type] = value
    channel.flush()
    channel.send({"kind": kind, "data": data, "binary": binary, "metadata": _plain(metadata)}, b"".join(payload))


def mime_bundle(item):
    """The MIME bundle and metadata of an object. A method that raises is left out and reported on stderr."""
    if not _isinstance(item, type):
        method = _find(item, "_repr_mimebundle_")
        if method is not None:
            answer = _attempt(method, "_repr_mimebundle_", include=None, exclude=None)
            bundle, metadata = answer if _isinstance(answer, _tuple) and _len(answer) == 2 else (answer, {})
            if _isinstance(bundle, _dict) and bundle:
                bundle = _plain_bundle(bundle)
                if bundle:
                    bundle.setdefault("text/plain", _text(item))
                    return bundle, metadata if _isinstance(metadata, _dict) else {}
        bundle, metadata = {}, {}
        for name, media_type in _METHODS:
            method = _find(item, name)
            if method is None:
                continue
            value = _attempt(method, name)
            if _isinstance(value, _tuple) and _len(value) == 2:
                value, extra = value
                if _isinstance(extra, _dict):
                    metadata[media_type] = extra
            if value is not None:
                bundle[media_type] = value
        bundle = _plain_bundle(bundle)
        bundle["text/plain"] = _text(item)
        return bundle, metadata
    return {"text/plain": _text(item)}, {}


def _find(item, name):
    try:
        method = _getattr(item, name, None)
    except _Exception:
        return None
    return method if _callable(method) else None


def _attempt(method, name, **arguments):
    try:
        try:
            return method(**arguments)
        except TypeError:
            if not arguments:
                raise
            return method()
    except _Exception as error:
        import sys

        print(f"{name} raised {_type(error).__name__}: {error}", file=sys.stderr)
        return None


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
        return {_str(key)[:_MAX_KEY]: _plain(item, depth + 1) for key, item in value.items()}
    if _isinstance(value, (_list, _tuple)):
        return [_plain(item, depth + 1) for item in value]
    if _isinstance(value, _str):
        return _str(value)
    if _type(value) in (int, float):
        return value
    return _text(value)
