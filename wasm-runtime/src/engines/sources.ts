/** Where a program's time and randomness come from: from the program itself, or, in live mode, from the host. */
import { LiveClock, type Clock, type VirtualClock } from '../gate/clock.ts';
import { LiveEntropy, SeededEntropy, type Entropy } from '../gate/entropy.ts';
import type { Begin } from '../hosts/protocol.ts';

/** Starts the clock that a program asks for. @throws RangeError for an epoch that the clock cannot start at */
export function startClock(begin: Begin, virtual: VirtualClock): Clock {
  if (begin.clock === 'live') {
    return new LiveClock({ realtimeMs: Date.now, monotonicMs: () => performance.now(), sleepMs: blockFor });
  }
  virtual.begin(begin.epoch_ms);
  return virtual;
}

/** @param label names the engine: engines of one run have streams of their own */
export function openEntropy(begin: Begin, label: string): Entropy {
  if (begin.clock === 'live') return new LiveEntropy((target) => crypto.getRandomValues(target));
  return new SeededEntropy(label, hexBytes(begin.seed));
}

function hexBytes(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
    Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16),
  );
}

/** Live mode only: the guest asked for real time, so it waits. */
function blockFor(ms: number): void {
  if (typeof SharedArrayBuffer === 'function') {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.min(ms, 2 ** 31 - 1));
    return;
  }
  const end = performance.now() + ms;
  while (performance.now() < end);
}
