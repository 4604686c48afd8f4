"""What a notebook's cells were and gave: `In` and `Out`, `_`, `__`, `___`, `_3`, `_i`, as in IPython."""

import __main__

_namespace = __main__.__dict__
In, Out = [""], {}
_len = len
_LATEST = ("_", "__", "___")
_latest = ["", "", ""]
NAMES = ("In", "Out", "_ih", "_oh", "_i", "_ii", "_iii", *_LATEST)


def install():
    _namespace.update(In=In, Out=Out, _ih=In, _oh=Out, _i="", _ii="", _iii="")
    for name in _LATEST:
        _namespace[name] = ""


def begin(source):
    """A cell starts: it has the number of the cells so far."""
    In.append(source)
    number = _len(In) - 1
    _namespace.update(_i=In[number - 1], _ii=In[max(0, number - 2)], _iii=In[max(0, number - 3)])
    _namespace[f"_i{number}"] = source


def remember(value):
    """The value of the running cell. Who uses `_` for something of their own (a loop, a translation) keeps it."""
    number = _len(In) - 1
    if value is not Out:
        Out[number] = value
        _namespace[f"_{number}"] = value
    mine = True
    for name, before in zip(_LATEST, _latest):
        if name in _namespace and _namespace[name] is not before:
            mine = False
    _latest[:] = [value, *_latest[:2]]
    if mine:
        for name, one in zip(_LATEST, _latest):
            _namespace[name] = one
