"""Messages to the host: one `write` to the channel is one message, a JSON header line and then raw bytes."""

import os
import sys
from _json import encode_basestring_ascii as _encode_string

_CHANNEL = 3
_write, _writev = os.write, os.writev
_str, _int, _bool, _float, _bytes, _dict, _list, _tuple = str, int, bool, float, bytes, dict, list, tuple
_bytearray, _memoryview, _type, _isinstance = bytearray, memoryview, type, isinstance
_repr_float, _repr_int, _join, _len = float.__repr__, int.__repr__, str.join, len
_TypeError, _ValueError = TypeError, ValueError
_INFINITY = float("inf")
_MAX_DEPTH = 64


def encode(value, depth=0):
    """JSON text of plain values. Our own, because a program may replace the one in `json`."""
    if depth > _MAX_DEPTH:
        raise _ValueError("value is nested too deeply")
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    kind = _type(value)
    if kind is _str:
        return _encode_string(value)
    if kind is _int:
        return _repr_int(value)
    if kind is _float:
        if value != value or value in (_INFINITY, -_INFINITY):
            return "null"
        return _repr_float(value)
    if kind is _dict:
        return "{" + _join(",", [_encode_string(key) + ":" + encode(item, depth + 1) for key, item in value.items()]) + "}"
    if kind is _list or kind is _tuple:
        return "[" + _join(",", [encode(item, depth + 1) for item in value]) + "]"
    raise _TypeError("not a plain value: " + kind.__name__)


def send(header, payload=b""):
    _writev(_CHANNEL, [encode(header).encode("ascii") + b"\n", payload])


def flush():
    """Keeps the order of printed text and everything else."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass


def artifact(name, data, media_type="application/octet-stream"):
    """Hand a file to the reader.

    name: a plain relative path such as `figures/growth.svg`, at most 255 bytes. A later artifact of the same name replaces it.
    data: bytes-like, or text (stored as UTF-8).
    media_type: `type/subtype`.
    Raises ValueError for a name or media type that is not plain, TypeError for other data.
    """
    if not _isinstance(name, _str) or not _isinstance(media_type, _str):
        raise _TypeError("artifact: name and media_type must be str")
    if _isinstance(data, _str):
        data = data.encode("utf-8")
    try:
        view = _memoryview(data).cast("B")
    except _TypeError:
        raise _TypeError("artifact: data must be bytes-like or str, not " + _type(data).__name__) from None
    problem = check_artifact(name, media_type)
    if problem:
        raise _ValueError("artifact: " + problem)
    send({"kind": "artifact", "name": _str(name), "media_type": _str(media_type)}, view)


def check_artifact(name, media_type):
    """The host checks again; here it gives the program an exception that it can act on."""
    try:
        encoded = name.encode("utf-8")
    except UnicodeEncodeError:
        return "name is not valid Unicode"
    if not 1 <= _len(encoded) <= 255:
        return "name must have 1 to 255 bytes"
    if name != name.strip() or not name.isprintable() or "\\" in name or ":" in name:
        return "name must be printable, without backslashes, colons or outer spaces"
    for part in name.split("/"):
        if part in ("", ".", ".."):
            return "name must be a relative path without empty, '.' or '..' parts"
    main, slash, sub = media_type.partition("/")
    allowed = "abcdefghijklmnopqrstuvwxyz0123456789!#$&^_.+-"
    if not slash or not main or not sub or _len(media_type) > 127 or main.strip(allowed) or sub.strip(allowed):
        return "media_type must look like 'type/subtype' in lower case"
    return None
