"""The files that a program was given, by their paths under /data. `open("/data/…")` reads them, too; this saves a few lines."""

import difflib
import io
import os

_FOLDER = "/data"
_bytes, _isinstance, _str, _list = bytes, isinstance, str, list


def paths():
    """The paths of all inputs, in order."""
    found = [os.path.join(folder, name) for folder, _, names in os.walk(_FOLDER) for name in names]
    return sorted(found)


def bytes(path):
    """The bytes of an input. Its path as `/data/table.csv`, or `table.csv` in short."""
    with io.open(_found(path), "rb") as file:
        return file.read()


def text(path, encoding="utf-8"):
    """The text of an input."""
    return bytes(path).decode(encoding)


def json(path):
    """The value that a JSON file holds."""
    import json

    return json.loads(bytes(path))


def csv(path, encoding="utf-8-sig", **options):
    """The rows of a table with a line of names above them: a dict of texts for each. `options` are those of `csv.DictReader`."""
    import csv

    return _list(csv.DictReader(io.StringIO(text(path, encoding), newline=""), **options))


def sqlite(path):
    """A connection to a SQLite database, which can be read and not changed."""
    import sqlite3
    from urllib.parse import quote

    # Nothing changes it while the program runs, so it needs no locks.
    return sqlite3.connect(f"file:{quote(_found(path))}?mode=ro&immutable=1", uri=True)


def _found(path):
    if not _isinstance(path, (_str, os.PathLike)):
        raise TypeError("inputs: the path must be a str, not " + type(path).__name__)
    whole = os.path.join(_FOLDER, path)
    if os.path.isfile(whole):
        return whole
    known = paths()
    near = difflib.get_close_matches(whole, known, 3, 0.6)
    listed = near + [one for one in known if one not in near]
    raise FileNotFoundError(
        f"there is no input {whole}; " + (f"the inputs are {', '.join(listed[:20])}" if listed else "this program has no inputs")
    )
