"""The fuel counter: all that the engine has used, as one number that grows. Reading it moves no clock."""

from functools import partial
from time import clock_gettime_ns

# The time of the thread, CLOCK_THREAD_CPUTIME_ID: the host answers with the counter itself.
fuel = partial(clock_gettime_ns, 3)
