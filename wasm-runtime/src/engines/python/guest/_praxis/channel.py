"""Messages to the host: one `write` to the channel is one message, a JSON header line and then raw bytes."""

import os
import re
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
_MAX_NAME = 255
# The host's own rules (`run/names.ts`), word for word: what it refuses is the end of the program.
_media_type = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}", re.ASCII).fullmatch
_invisible = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\xad\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u180e\\u200b-\\u200f"
    "\\u2028-\\u202e\\u2060-\\u206f\\ue000-\\uf8ff\\ufdd0-\\ufdef\\ufeff\\ufff0-\\ufffb\\ufffe\\uffff"
    "\\U000110bd\\U000110cd\\U00013430-\\U0001343f\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a"
    "\\U000e0000-\\U000e0fff\\U000f0000-\\U0010ffff]"
).search
# First bytes of formats (`run/media.ts`): alternatives, each of texts and where they stand.
_SIGNATURES = (
    (("image/png",), [[(0, b"\x89PNG\r\n\x1a\n")]]),
    (("image/jpeg",), [[(0, b"\xff\xd8\xff")]]),
    (("image/gif",), [[(0, b"GIF87a")], [(0, b"GIF89a")]]),
    (("image/webp",), [[(0, b"RIFF"), (8, b"WEBP")]]),
    (("application/pdf",), [[(0, b"%PDF-")]]),
    (("application/zip", "application/x-npz"), [[(0, b"PK\x03\x04")]]),
    (("application/gzip", "application/x-gzip"), [[(0, b"\x1f\x8b\x08")]]),
    (("application/vnd.apache.parquet",), [[(0, b"PAR1")]]),
    (("application/vnd.sqlite3", "application/x-sqlite3"), [[(0, b"SQLite format 3\0")]]),
    (("application/wasm",), [[(0, b"\0asm")]]),
    (("audio/wav", "audio/x-wav"), [[(0, b"RIFF"), (8, b"WAVE")]]),
)
_HEAD_BYTES = 512
_textual = re.compile(r"text/.+|application/(?:json|xml|javascript|.+\+json|.+\+xml)|image/svg\+xml").fullmatch
_forbidden = re.compile(r'[\\:*?"<>|]').search
_odd_space = re.compile(r"[^\S ]").search


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
    media_type: `type/subtype`. What says that it is a PNG, a PDF, a text, … must begin like one.
    Raises ValueError for a name or media type that is not plain, TypeError for other data.
    """
    if not _isinstance(name, _str) or not _isinstance(media_type, _str):
        raise _TypeError("artifact: name and media_type must be str")
    name, media_type = _str(name), _str(media_type)
    if _isinstance(data, _str):
        data = data.encode("utf-8")
    try:
        view = _memoryview(data).cast("B")
    except _TypeError:
        raise _TypeError("artifact: data must be bytes-like or str, not " + _type(data).__name__) from None
    problem = check_artifact(name, media_type) or check_content(media_type, _bytes(view[:_HEAD_BYTES]))
    if problem:
        raise _ValueError("artifact: " + problem)
    send({"kind": "artifact", "name": name, "media_type": media_type}, view)


def check_artifact(name, media_type):
    """The host checks again; here it gives the program an exception that it can act on."""
    try:
        encoded = name.encode("utf-8")
    except UnicodeEncodeError:
        return "name is not valid Unicode"
    if not 1 <= _len(encoded) <= _MAX_NAME:
        return "name must have 1 to 255 bytes"
    if _invisible(name):
        return "name has control, format or private characters"
    if _forbidden(name):
        return 'name has one of \\ : * ? " < > |'
    if _odd_space(name):
        return "name has other spaces than plain ones"
    for part in name.split("/"):
        if part in ("", ".", ".."):
            return "name must be a relative path without empty, '.' or '..' parts"
        if part != part.strip(" ") or part.endswith("."):
            return "a part of name begins or ends with a space or ends with a dot"
    if not is_media_type(media_type):
        return "media_type must look like 'type/subtype' in lower case"
    return None


def check_content(media_type, head):
    """What is declared as a format must begin like it, so that a reader's program can open it."""
    if media_type.startswith("image/") or _textual(media_type):
        fits = _textual(media_type) is not None and b"\0" not in head
    else:
        fits = True
    for types, alternatives in _SIGNATURES:
        begins = any(all(head.startswith(part, at) for at, part in parts) for parts in alternatives)
        if media_type in types:
            fits = begins
            break
        if begins and _textual(media_type):
            fits = False
    return None if fits else f"its first bytes are not those of {media_type}"


def is_media_type(text):
    return _media_type(text) is not None
