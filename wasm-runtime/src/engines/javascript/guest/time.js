/* Timers on the clock of the sandbox. A wait moves the clock on and returns at once; in live mode it lasts. */
// oxlint-disable-next-line no-unused-expressions -- the value of this script is its function
(function (praxis) {
  'use strict';
  const { define, list, push } = praxis;
  const { sleep, now } = praxis.channel;
  const {
    apply,
    ceil,
    defineProperty,
    mapDelete,
    mapGet,
    mapSet,
    mapClear,
    promiseThen,
    toNumber,
    Map,
    Promise,
    TypeError,
  } = praxis.primordials;

  /** As in browsers: a longer delay does not fit 32 bits and means none. */
  const MAX_DELAY = 2_147_483_647;
  const timers = new Map();
  /** A binary heap of [due, id]: the earliest first, and among those the oldest. */
  let heap = list();
  let nextId = 1;

  const before = (a, b) => a.due < b.due || (a.due === b.due && a.order < b.order);

  function insert(timer) {
    let at = heap.length;
    push(heap, timer);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(timer, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = timer;
  }

  function takeFirst() {
    const first = heap[0];
    const last = heap[heap.length - 1];
    heap.length--;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++;
      if (!before(heap[child], last)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return first;
  }

  function add(callback, delay, args, repeats) {
    if (typeof callback !== 'function') throw new TypeError('a timer needs a function to call');
    let wait = toNumber(delay);
    if (!(wait >= 1 && wait <= MAX_DELAY)) wait = 1;
    const id = nextId++;
    const timer = {
      __proto__: null,
      id,
      callback,
      args,
      period: repeats ? wait : undefined,
      due: now() + wait,
      order: id,
    };
    mapSet(timers, id, timer);
    insert(timer);
    return id;
  }

  const clear = (id) => {
    mapDelete(timers, id);
  };

  /** Runs the next timer; false when there is none left. What its function throws passes through. */
  praxis.runTimer = () => {
    while (heap.length > 0) {
      const timer = takeFirst();
      if (mapGet(timers, timer.id) !== timer) continue;
      const wait = timer.due - now();
      if (wait > 0) sleep(ceil(wait * 1e6));
      if (timer.period === undefined) mapDelete(timers, timer.id);
      else {
        timer.due = now() + timer.period;
        timer.order = nextId++;
        insert(timer);
      }
      apply(timer.callback, undefined, timer.args);
      return true;
    }
    return false;
  };

  praxis.clearTimers = () => {
    mapClear(timers);
    heap = list();
  };

  const settled = Promise.resolve();
  // `then` must make an ordinary promise, whatever becomes of Promise's own properties.
  defineProperty(settled, 'constructor', { __proto__: null, value: undefined });

  define('setTimeout', function setTimeout(callback, delay, ...args) {
    return add(callback, delay, args, false);
  });
  define('setInterval', function setInterval(callback, delay, ...args) {
    return add(callback, delay, args, true);
  });
  define('clearTimeout', function clearTimeout(id) {
    clear(id);
  });
  define('clearInterval', function clearInterval(id) {
    clear(id);
  });
  define('queueMicrotask', function queueMicrotask(callback) {
    if (typeof callback !== 'function') throw new TypeError('queueMicrotask needs a function to call');
    promiseThen(settled, () => apply(callback, undefined, []));
  });
  define('performance', { now: () => now() - origin });

  let origin = 0;
  praxis.startClock = () => {
    origin = now();
  };
});
