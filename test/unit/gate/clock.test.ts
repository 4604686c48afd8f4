// The virtual clock is a function of fuel, looks and sleeps; nothing here reads a real one, but the live clock's own test.
import { describe, expect, it } from 'vitest';
import { LiveClock, VirtualClock } from '../../../wasm-runtime/src/gate/clock.ts';

const SECOND = 1_000_000_000n;

function newClock(epochMs = 0) {
  const fuel = { used: 0n };
  return { fuel, clock: new VirtualClock({ fuelUsed: () => fuel.used, epochMs }) };
}

describe('VirtualClock', () => {
  it('starts at its epoch and moves a microsecond with every look', () => {
    const { clock } = newClock(1_700_000_000_000);
    expect(clock.peek()).toBe(1_700_000_000n * SECOND);
    expect([clock.realtime(), clock.realtime()]).toEqual([
      1_700_000_000n * SECOND + 1000n,
      1_700_000_000n * SECOND + 2000n,
    ]);
    expect(clock.peek()).toBe(1_700_000_000n * SECOND + 2000n);
  });

  it('counts a nanosecond for each unit of fuel', () => {
    const { clock, fuel } = newClock();
    fuel.used = 123_456n;
    expect(clock.peek()).toBe(123_456n);
    expect(clock.monotonic()).toBe(124_456n);
  });

  it('sleeps without waiting, and does not count sleep as work', () => {
    const { clock, fuel } = newClock();
    fuel.used = 10n;
    expect(clock.sleep(3600n * SECOND)).toBe(true);
    expect(clock.realtime()).toBe(3600n * SECOND + 1010n);
    expect(clock.cpu()).toBe(2010n);
  });

  it('refuses to sleep past what 64 bits hold, and backwards', () => {
    const { clock } = newClock();
    const last = (1n << 63n) - 1n;
    expect(clock.sleep(-1n)).toBe(false);
    expect(clock.sleep(last + 1n)).toBe(false);
    expect(clock.sleep(last)).toBe(true);
    expect(clock.sleep(1n)).toBe(false);
    expect(clock.peek()).toBe(last);
  });

  it.each([-1, 0.5, 9_000_000_000_001, Number.NaN])('has no start at %d ms', (epochMs) => {
    expect(() => newClock(epochMs)).toThrow(RangeError);
    expect(() => newClock().clock.begin(epochMs)).toThrow('clock: expected an epoch of 0 to 9000000000000 ms, got');
  });

  it('begins anew at the epoch of the program, while its monotonic side never goes back', () => {
    const { clock, fuel } = newClock(5000);
    fuel.used = 13n * SECOND;
    const before = clock.monotonic();
    clock.begin(1_000_000);
    expect(clock.peek()).toBe(1000n * SECOND);
    expect(clock.monotonic()).toBeGreaterThan(before);
    const other = newClock(9);
    other.fuel.used = 7n;
    other.clock.begin(1_000_000);
    // Whatever the boot did, the guest meets the same clock.
    expect([other.clock.monotonic(), other.clock.realtime()]).toEqual([1000n * SECOND + 1000n, 1000n * SECOND + 2000n]);
    expect([clock.monotonic(), clock.realtime()]).toEqual([1000n * SECOND + 2000n, 1000n * SECOND + 3000n]);
  });

  /** As musl sleeps: looks until the time has come. */
  function sleepLikeMusl(clock: VirtualClock, fuel: { used: bigint }, ns: bigint): { slept: bigint; looks: number } {
    const start = clock.spin();
    for (let looks = 1; ; looks += 1) {
      fuel.used += 550n;
      const slept = clock.spin() - start;
      if (slept >= ns) return { slept, looks };
    }
  }

  it.each([1_000n, 1_000_000n, SECOND, 86_400n * SECOND])(
    'lets a loop that sleeps for %d ns end soon and close',
    (ns) => {
      const { clock, fuel } = newClock();
      fuel.used += 10_000n;
      const { slept, looks } = sleepLikeMusl(clock, fuel, ns);
      expect(looks).toBeLessThan(8000);
      expect(slept - ns).toBeLessThan(ns / 200n + 3000n);
    },
  );

  it('does not hurry a program that works between its looks', () => {
    const { clock, fuel } = newClock();
    clock.spin();
    for (let i = 0; i < 1000; i += 1) {
      fuel.used += 10_000n;
      clock.spin();
    }
    expect(clock.peek()).toBe(1000n * 10_000n + 1001n * 1000n);
  });

  it('starts each sleep afresh', () => {
    const { clock, fuel } = newClock();
    const first = sleepLikeMusl(clock, fuel, SECOND);
    fuel.used += 10_000n;
    const second = sleepLikeMusl(clock, fuel, SECOND);
    expect(second).toEqual(first);
  });
});

describe('LiveClock', () => {
  it('tells what the host tells, never standing still', () => {
    const slept: number[] = [];
    const clock = new LiveClock({ realtimeMs: () => 1500, monotonicMs: () => 2.5, sleepMs: (ms) => slept.push(ms) });
    expect(clock.realtime()).toBe(1_500_000_000n);
    expect(clock.monotonic()).toBeLessThan(clock.monotonic());
    expect(clock.sleep(2_000_000n)).toBe(true);
    expect(clock.sleep(-1n)).toBe(false);
    expect(clock.sleep(1n << 63n)).toBe(false);
    expect(slept).toEqual([2]);
  });
});
