"""asyncio on the virtual clock: a wait for a timer moves the clock on and returns at once."""

import asyncio
import asyncio.base_events
import asyncio.events
import asyncio.runners
import time

_monotonic = time.monotonic
_sleep = None


class _Selector:
    """Stands where an event loop asks the system for input. There is none here, so only time can pass."""

    def select(self, timeout):
        if timeout is None:
            raise RuntimeError("deadlock: every task waits for something that cannot happen in the sandbox")
        if timeout > 0:
            _sleep(timeout)
        return []

    def get_map(self):
        return {}

    def close(self):
        pass


class VirtualEventLoop(asyncio.base_events.BaseEventLoop):
    def __init__(self):
        super().__init__()
        self._selector = _Selector()
        self._clock_resolution = 1e-9

    def time(self):
        return _monotonic()

    def _process_events(self, events):
        pass

    def _write_to_self(self):
        pass

    def call_soon_threadsafe(self, callback, *args, context=None):
        return self.call_soon(callback, *args, context=context)

    def run_in_executor(self, executor, func, *args):
        """No threads: the call runs now, and its outcome comes as a future."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future

    async def shutdown_default_executor(self, timeout=None):
        pass


# Python 3.14 deprecates policies, and names them so.
_events = asyncio.events
_BasePolicy = getattr(_events, "_BaseDefaultEventLoopPolicy", None) or _events.BaseDefaultEventLoopPolicy
_set_policy = getattr(_events, "_set_event_loop_policy", None) or _events.set_event_loop_policy


class VirtualEventLoopPolicy(_BasePolicy):
    _loop_factory = VirtualEventLoop


def install(sleep):
    """`sleep` moves the virtual clock; taken here, before a program can replace it."""
    global _sleep
    _sleep = sleep
    _set_policy(VirtualEventLoopPolicy())
    asyncio.SelectorEventLoop = asyncio.EventLoop = VirtualEventLoop
    asyncio.DefaultEventLoopPolicy = VirtualEventLoopPolicy
    loop = VirtualEventLoop()
    asyncio.events.set_event_loop(loop)
    return loop
