"""The fuel counter: all that the engine has used, as one number that grows. Reading it moves no clock."""

from functools import partial
from os import stat
from time import clock_gettime_ns

_FILE = "/lib/praxis/fuel"


def _of_file(_stat=stat, _file=_FILE):
    return _stat(_file).st_size


# The time of the thread, CLOCK_THREAD_CPUTIME_ID: the host answers with the counter itself. Not every libc asks it.
fuel = partial(clock_gettime_ns, 3)
try:
    fuel()
except OSError:
    fuel = _of_file
