"""
Tables of pandas as data, beside their HTML: the page sorts and scrolls them. As many rows as fit below; the table says of how many.

    {"rows": 9000, "columns_of": 2, "index": [COLUMN, …], "columns": [COLUMN, …], "precision": 6}

`rows` and `columns_of` count what there is; the lists hold what is here. A COLUMN has a `name` (a list of levels), a `type`
(number, text, boolean, date) and `values`, or a `range` of start and step. Values are null (missing), true, false, numbers, and
texts; in a column of numbers, texts are those that JSON's numbers cannot hold. `order` has keys to sort by instead of the values,
`texts` what to show instead of them.
"""

from _json import encode_basestring_ascii, make_encoder
from datetime import date

import numpy
import pandas
from pandas.api import types

from . import display

MEDIA_TYPE = "application/vnd.praxis.table+json"
_MAX_BYTES = 2 << 20
# What all tables of a step may have together: each gets half of what is left, so that a loop of displays never meets a limit.
_STEP_BYTES = 2 * _MAX_BYTES
# Short ones lie in the record itself, others beside it, as pictures do.
_INLINE_BYTES, _STEP_INLINE_BYTES = 8 << 10, 64 << 10
_MAX_ROWS, _MAX_COLUMNS = 200_000, 200
_MAX_TEXT = 1000
_SAMPLE = 500
_EXACT = 2**53
_INFINITE = float("inf")
_str, _len, _type, _isinstance, _min, _max, _float, _int, _bool = str, len, type, isinstance, min, max, float, int, bool
_range, _set, _map, _Exception = range, set, map, Exception
_text_of = encode_basestring_ascii
_encoded = make_encoder(None, None, encode_basestring_ascii, None, ":", ",", False, False, False)
_join = "".join
_HTML = (pandas.DataFrame._repr_html_, None)
_spent = [0, 0]


def _begin_step():
    _spent[:] = [0, 0]


def _form(item, include, exclude):
    if (include and MEDIA_TYPE not in include) or (exclude and MEDIA_TYPE in exclude):
        return None
    # Who wants text has it, and who gives a table another HTML wants that to be seen.
    if not pandas.get_option("display.notebook_repr_html") or getattr(_type(item), "_repr_html_", None) not in _HTML:
        return None
    frame = item.to_frame("" if item.name is None else item.name) if _isinstance(item, pandas.Series) else item
    if frame.columns.size == 0:
        return None
    limit = _min(_MAX_BYTES, (_STEP_BYTES - _spent[0]) // 2)
    text = _fitted(frame, limit)
    if text is None:
        return None
    size = _len(text)
    if size <= _INLINE_BYTES and _spent[1] + size <= _STEP_INLINE_BYTES:
        _spent[1] += size
        return {MEDIA_TYPE: text}, {}
    _spent[0] += size
    return {MEDIA_TYPE: text.encode("ascii")}, {}


def _fitted(frame, limit):
    """The text for all rows, or for as many as `limit` bytes hold; None when that is hardly any."""
    rows = _min(_len(frame), _MAX_ROWS)
    if rows > _SAMPLE:
        # What some rows take says how many to try: nearly always the whole is then written once.
        each = _len(_table(frame, _SAMPLE)) / _SAMPLE
        rows = _min(rows, _max(_SAMPLE, _int(limit / each * (1 if rows * each < 0.9 * limit else 0.95))))
    while True:
        text = _table(frame, rows)
        if _len(text) <= limit:
            return text
        if rows < 20:
            return None
        rows = _min(rows - 1, _int(0.95 * rows * limit / _len(text)))


def _table(frame, rows):
    index = frame.index[:rows]
    levels = [index.get_level_values(level) for level in _range(index.nlevels)]
    part = frame.iloc[:rows, :_MAX_COLUMNS]
    formatted = pandas.get_option("display.float_format")
    columns = []
    for at, name in enumerate(part.columns):
        columns.append(_column(_name(name), part.iloc[:, at], formatted))
    names = [[] if name is None else _name(name) for name in index.names]
    return _object([
        ("rows", _str(_len(frame))),
        ("columns_of", _str(frame.shape[1])),
        ("precision", _str(_int(pandas.get_option("display.precision")))),
        ("index", "[" + ",".join([_column(name, level, None) for name, level in zip(names, levels)]) + "]"),
        ("columns", "[" + ",".join(columns) + "]"),
    ])  # fmt: skip


def _object(fields):
    return "{" + ",".join([_text_of(name) + ":" + value for name, value in fields]) + "}"


def _json(values):
    return _join(_encoded(values, 0))


def _name(name):
    return [_cell_text(level) for level in name] if _isinstance(name, tuple) else [_cell_text(name)]


def _column(name, data, formatted):
    if _isinstance(data, pandas.RangeIndex):
        return _object([("name", _json(name)), ("type", '"number"'), ("range", _json([data.start, data.step]))])
    kind, values, more = _values(data)
    fields = [("name", _json(name)), ("type", _text_of(kind)), ("values", _json(values))]
    if more.get("order") is not None:
        fields.append(("order", _json(more["order"])))
    if more.get("float"):
        fields.append(("float", "true"))
        if formatted is not None:
            texts = [None if value is None else _cell_text(formatted(_float(value))) for value in values]
            fields.append(("texts", _json(texts)))
    return _object(fields)


def _values(data):
    """Type, plain values, and what else there is to say of a Series or Index."""
    dtype = data.dtype
    if _isinstance(dtype, pandas.CategoricalDtype):
        codes = data.cat.codes if _isinstance(data, pandas.Series) else data.codes
        kind, names, more = _values(dtype.categories)
        picked = [None if code < 0 else names[code] for code in codes.tolist()]
        if dtype.ordered:
            more = {**more, "order": [None if code < 0 else code for code in codes.tolist()]}
        elif "order" in more:
            more = {**more, "order": [None if code < 0 else more["order"][code] for code in codes.tolist()]}
        return kind, picked, more
    if types.is_datetime64_any_dtype(dtype):
        return _dates(data)
    if types.is_timedelta64_dtype(dtype) or _isinstance(dtype, pandas.PeriodDtype):
        return "text", _texts(data), {"order": _ranks(data)}
    if types.is_bool_dtype(dtype):
        return "boolean", [None if value is pandas.NA else _bool(value) for value in data.astype(object).tolist()], {}
    if types.is_integer_dtype(dtype):
        known = data.dropna()
        exact = known.size == 0 or (-_EXACT <= known.min() and known.max() <= _EXACT)
        values = _plain_list(data)
        return "number", values if exact else _exact(values), {}
    if types.is_float_dtype(dtype):
        values = _plain_list(data)
        if getattr(dtype, "itemsize", 8) < 8:
            # The shortest text that gives the same number in its own precision.
            values = [None if value is None else _float(text) for value, text in zip(values, data.astype(_str).tolist())]
        finite = numpy.isfinite(data.to_numpy(dtype="float64", na_value=0.0)).all()
        return "number", values if finite else _finite(values), {"float": True}
    return _objects(data.astype(object).tolist())


def _plain_list(data):
    """Numbers as Python's; missing ones as None."""
    values = data.tolist()
    if data.hasnans:
        missing = data.isna().tolist()
        values = [None if gone else value for value, gone in zip(values, missing)]
    return values


def _finite(values):
    return ["inf" if value == _INFINITE else "-inf" if value == -_INFINITE else value for value in values]


def _exact(values):
    return [value if value is None or -_EXACT <= value <= _EXACT else _str(value) for value in values]


def _dates(data):
    zone = getattr(data.dtype, "tz", None)
    local = data
    if zone is not None:
        local = data.dt.tz_localize(None) if _isinstance(data, pandas.Series) else data.tz_localize(None)
    moments = local.to_numpy().astype("datetime64[ns]")
    known = moments[~numpy.isnat(moments)].astype("int64")
    unit = "ns"
    for name, size in (("D", 86_400_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1000)):
        if not (known % size).any():
            unit = name
            break
    texts = numpy.datetime_as_string(moments, unit=unit).tolist()
    values = [None if text == "NaT" else text.replace("T", " ") for text in texts]
    if zone is None:
        return "date", values, {}
    offsets = [None if value is None else value + _offset(moment) for value, moment in zip(values, data)]
    return "date", offsets, {"order": _ranks(data)}


def _offset(moment):
    text = moment.strftime("%z")
    return f"{text[:3]}:{text[3:]}"


def _ranks(data):
    ranks = pandas.Series(data.array).rank(method="dense")
    return [None if rank != rank else _int(rank) for rank in ranks.tolist()]


def _texts(data):
    return [None if gone else _cell_text(value) for value, gone in zip(data.tolist(), data.isna().tolist())]


def _objects(values):
    """A column of any objects is of the type that all of them have, or of texts."""
    # What most columns of objects are, without a line of Python for each value.
    kinds = _set(_map(_type, values))
    if kinds == {_str} and _max(_map(_len, values)) <= _MAX_TEXT:
        return "text", values, {}
    missing = {kind for kind in kinds if kind in _MISSING}
    kinds -= missing
    if missing or _float in kinds:
        values = [None if _is_missing(value) else value for value in values]
    if kinds == {_bool}:
        return "boolean", values, {}
    if kinds and kinds <= {_int, _float}:
        return "number", _finite(_exact(values)), {"float": True} if _float in kinds else {}
    dates = kinds and all(issubclass(kind, _DATE) for kind in kinds)
    return "date" if dates else "text", [None if value is None else _cell_text(value) for value in values], {}


_MISSING = {_type(None), _type(pandas.NA), _type(pandas.NaT)}
_DATE = date


def _is_missing(value):
    return value is None or value is pandas.NA or value is pandas.NaT or (_type(value) is _float and value != value)


def _cell_text(value):
    try:
        text = value if _type(value) is _str else _str(value)
        return text if _len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"
    except _Exception:
        return f"<{_type(value).__name__}>"


display.forms[pandas.DataFrame] = _form
display.forms[pandas.Series] = _form
display.at_begin.append(_begin_step)
