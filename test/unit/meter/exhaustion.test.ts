/** What happens at the limits: where the trap comes, that it stays, and what a host can read from the counters. */
import { COUNTER_EXPORT, meterModule, packCounter, readCounter } from '@praxis/wasm-runtime/meter';
import { describe, expect, it } from 'vitest';
import { MOST_UNSEEN_FUEL, UNSEEN_FUEL } from '../../../wasm-runtime/src/meter/unseen.ts';
import { assemble } from '../../support/wasm-text.ts';

class Guest {
  readonly exports: WebAssembly.Exports;

  constructor(text: string, imports: WebAssembly.ModuleImports = {}) {
    const module = new WebAssembly.Module(meterModule(assemble(text)));
    this.exports = new WebAssembly.Instance(module, { host: imports }).exports;
  }

  call(name: string, ...values: number[]): unknown {
    const exported = this.exports[name];
    if (typeof exported !== 'function') throw new Error(`no function ${name}`);
    // The texts below take and give numbers.
    return (exported as (...values: number[]) => unknown)(...values);
  }

  supply(fuel: bigint, depth = 100): void {
    this.counter.value = packCounter({ fuel, depth });
  }

  get fuel(): bigint {
    return readCounter(this.counter.value).fuel;
  }

  get depth(): number {
    return readCounter(this.counter.value).depth;
  }

  get memory(): Uint8Array {
    const { memory } = this.exports;
    if (!(memory instanceof WebAssembly.Memory)) throw new Error('no memory');
    return new Uint8Array(memory.buffer);
  }

  private get counter(): WebAssembly.Global<'i64'> {
    const exported = this.exports[COUNTER_EXPORT];
    if (!(exported instanceof WebAssembly.Global)) throw new Error('no counter');
    // The rewriter declares it so.
    return exported as WebAssembly.Global<'i64'>;
  }
}

const trap = /unreachable/;

describe('fuel', () => {
  it('stays exhausted: whatever is called next traps where it would go on for long', () => {
    const guest = new Guest(`(module (memory (export "memory") 1)
      (func (export "forever") (loop (br 0)))
      (func (export "count") (param i32) (loop
        (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
      (func (export "constant") (result i32) (i32.const 1)))`);
    guest.supply(1000n);
    expect(() => guest.call('forever')).toThrow(trap);
    expect(guest.fuel).toBe(-1n);
    expect(() => guest.call('count', 5)).toThrow(trap);
    expect(guest.memory[0]).toBe(1);
    expect(guest.fuel).toBeLessThan(-1n);
    // What has nothing to do ends by itself: the counter says that there was no fuel for it.
    expect(guest.call('constant')).toBe(1);
    expect(guest.fuel).toBeLessThan(-2n);
    expect(guest.depth).toBe(100);
    guest.supply(1000n);
    expect(guest.call('constant')).toBe(1);
  });

  it('is checked before a bulk operation does its work', () => {
    const guest = new Guest(`(module (memory (export "memory") 16)
      (func (export "fill") (param i32) (memory.fill (i32.const 0) (i32.const 7) (local.get 0))))`);
    guest.supply(1_000_000n);
    expect(() => guest.call('fill', 1_000_000)).toThrow(trap);
    expect(guest.memory.every((byte) => byte === 0)).toBe(true);
    guest.supply(1_000_004n);
    guest.call('fill', 1_000_000);
    expect(guest.memory[999_999]).toBe(7);
    expect(guest.fuel).toBe(0n);
  });

  it('does not wrap around, however often a host lets a guest try what it cannot pay', () => {
    // The loop makes the entry unchecked, so that each call gets as far as memory.grow.
    const guest = new Guest(`(module (memory 1)
      (func (export "grow") (param i32) (drop (memory.grow (local.get 0))) (loop)))`);
    guest.supply(10n);
    let traps = 0;
    for (let attempt = 0; attempt < 40_000; attempt++) {
      try {
        guest.call('grow', -1);
      } catch {
        traps++;
      }
    }
    expect(traps).toBe(40_000);
    expect(guest.fuel).toBe(-1n);
  });

  it('is looked at between calls that make ever more calls, without a loop and without recursion', () => {
    const levels = Array.from({ length: 60 }, (_, at) => `(func $f${at} (call $f${at + 1}) (call $f${at + 1}))`);
    const guest = new Guest(`(module (memory (export "memory") 1)
      ${levels.join('')}
      (func $f60 (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))))
      (func (export "f") (call $f0)))`);
    guest.supply(1_000_000n);
    expect(() => guest.call('f')).toThrow(trap);
    expect(guest.fuel).toBeGreaterThan(-2n * BigInt(UNSEEN_FUEL));
  });

  it('is looked at where exceptions go round instead', () => {
    const levels = Array.from(
      { length: 60 },
      (_, at) =>
        `(func $h${at + 1} (try (do (call $h${at})) (catch_all)) (try (do (call $h${at})) (catch_all)) (throw $t))`,
    );
    const guest = new Guest(`(module (tag $t) (memory (export "memory") 1)
      (func $h0 (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))) (throw $t))
      ${levels.join('')}
      (func (export "f") (call $h60)))`);
    guest.supply(1000n);
    expect(() => guest.call('f')).toThrow(trap);
    expect(guest.fuel).toBeGreaterThan(-1000n);
  });

  it('is looked at when a frame is left that called much, though it counts depth', () => {
    const busy = (weight: number): string => '(drop (i32.const 1))'.repeat(weight);
    const guest = new Guest(`(module (memory (export "memory") 1)
      (func $busy ${busy(15_000)})
      (func $f (export "f") (param i32)
        (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))))
        ${'(call $busy)'.repeat(400)}))`);
    guest.supply(20_000n, 900);
    expect(() => guest.call('f', 800)).toThrow(trap);
    expect(guest.fuel).toBeGreaterThan(-BigInt(MOST_UNSEEN_FUEL));
  });

  it('is looked at by what a function calls that would use too much before it is left', () => {
    const busy = '(drop (i32.const 1))'.repeat(15_000);
    const guest = new Guest(`(module (memory (export "memory") 1)
      (func $busy ${busy})
      (func (export "f") ${'(call $busy)'.repeat(5000)}))`);
    guest.supply(20_000n);
    expect(() => guest.call('f')).toThrow(trap);
    expect(guest.fuel).toBeGreaterThan(-BigInt(UNSEEN_FUEL));
  });

  it('that is overdrawn at the end of a call shows in the counter', () => {
    const guest = new Guest(
      '(module (func (export "f") (param i32) (if (local.get 0) (then (nop) (drop (i32.const 1))))))',
    );
    guest.supply(2n);
    guest.call('f', 1);
    expect(guest.fuel).toBe(-1n);
  });

  it('cannot be caught', () => {
    const guest = new Guest(`(module
      (func $forever (loop (br 0)))
      (func (export "catch") (result i32) (try (do (call $forever)) (catch_all)) (i32.const 1))
      (func (export "delegate") (result i32) (try (do (try (do (call $forever)) (delegate 0))) (catch_all)) (i32.const 1)))`);
    for (const name of ['catch', 'delegate']) {
      guest.supply(1000n);
      expect(() => guest.call(name)).toThrow(trap);
    }
  });

  it('that a host swallows on its way out still ends the guest', () => {
    const guest: Guest = new Guest(
      `(module (import "host" "again" (func $again))
        (func (export "forever") (loop (br 0)))
        (func (export "f") (result i32) (call $again) (i32.const 1)))`,
      {
        again() {
          try {
            guest.call('forever');
          } catch {
            // As glue code may.
          }
        },
      },
    );
    guest.supply(1000n);
    expect(() => guest.call('f')).toThrow(trap);
    expect(guest.fuel).toBeLessThan(0n);
    expect(() => guest.call('f')).toThrow(trap);
  });

  it('left over, and depth, tell a program that trapped by itself from one that ran out', () => {
    const guest =
      new Guest(`(module (func (export "abort") (unreachable)) (func (export "divide") (param i32) (result i32)
      (i32.div_s (i32.const 1) (local.get 0))))`);
    guest.supply(100n);
    expect(() => guest.call('abort')).toThrow(trap);
    expect(() => guest.call('divide', 0)).toThrow(/zero/);
    expect(guest.fuel).toBeGreaterThanOrEqual(0n);
    expect(guest.depth).toBe(100);
  });
});

describe('depth', () => {
  const recursive = `(module
    (type $step (func (param i32)))
    (table 1 funcref) (elem (i32.const 0) $indirect)
    (func $direct (export "direct") (param i32)
      (if (local.get 0) (then (call $direct (i32.sub (local.get 0) (i32.const 1))))))
    (func $indirect (export "indirect") (param i32)
      (if (local.get 0) (then (call_indirect (type $step) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))))
    (func $a (export "mutual") (param i32) (if (local.get 0) (then (call $b (local.get 0)))))
    (func $b (param i32) (call $c (local.get 0)))
    (func $c (param i32) (call $a (i32.sub (local.get 0) (i32.const 1))))
    (func (export "simple") (param i32) (result i32) (local.get 0)))`;

  it.each(['direct', 'indirect', 'mutual'])('ends deep recursion before the native stack does: %s', (name) => {
    const guest = new Guest(recursive);
    guest.supply(1n << 40n, 500);
    expect(() => guest.call(name, 1_000_000)).toThrow(trap);
    expect(guest.depth).toBeLessThan(0);
    expect(guest.fuel).toBeGreaterThan(0n);
    // It stays exhausted where depth is counted; where it is not, nothing can go deep.
    expect(() => guest.call(name, 0)).toThrow(trap);
    expect(guest.depth).toBeLessThan(0);
    expect(guest.call('simple', 7)).toBe(7);
    guest.supply(1n << 40n, 500);
    guest.call(name, 400);
    expect(guest.depth).toBe(500);
  });

  it('counts through a host that calls back', () => {
    const guest: Guest = new Guest(
      `(module (import "host" "back" (func $back (param i32)))
        (func (export "f") (param i32) (if (local.get 0) (then (call $back (i32.sub (local.get 0) (i32.const 1)))))))`,
      { back: (count: number) => void guest.call('f', count) },
    );
    guest.supply(10_000n, 20);
    expect(() => guest.call('f', 1000)).toThrow(trap);
    expect(guest.depth).toBeLessThan(0);
  });

  it('is given back when an exception is caught, however often', () => {
    const guest = new Guest(`(module (tag $e)
      (func $deep (param i32)
        (if (i32.eqz (local.get 0)) (then (throw $e)))
        (call $deep (i32.sub (local.get 0) (i32.const 1))))
      (func $uncounted (param i32)
        (loop
          (try (do (call $deep (i32.const 5))) (catch $e))
          (try (do (call $deep (i32.const 5))) (catch_all))
          (try (do (try (do (call $deep (i32.const 5))) (delegate 0))) (catch $e))
          (block (try (do (call $deep (i32.const 5)) (br 1)) (catch $e)))
          (block (try (do (call $deep (i32.const 5)) (br 1)) (catch_all)))
          (block (try (do (throw $e)) (catch $e (br 1)) (catch_all)))
          (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
      (func (export "f") (param i32) (call $uncounted (local.get 0))))`);
    guest.supply(1_000_000n, 6);
    guest.call('f', 100);
    expect(guest.depth).toBe(6);
    guest.supply(1_000_000n, 5);
    expect(() => guest.call('f', 1)).toThrow(trap);
    expect(guest.depth).toBeLessThan(0);
  });

  it('is left where it was by an exception that leaves the module', () => {
    const guest = new Guest(`(module (tag $e)
      (func $f (export "f") (param i32)
        (if (i32.eqz (local.get 0)) (then (throw $e)))
        (call $f (i32.sub (local.get 0) (i32.const 1)))))`);
    guest.supply(1000n, 50);
    expect(() => guest.call('f', 9)).toThrow(WebAssembly.Exception);
    expect(guest.depth).toBe(40);
  });

  it.each([
    ['called directly', '(call $swallow)', true],
    ['called through a table', '(call_indirect (i32.const 0))', false],
    [
      'called through a table, in one of several segments',
      '(if (i32.const 1) (then (call_indirect (i32.const 0))))',
      false,
    ],
    ['called directly, and caught', '(try (do (call $swallow) (call $fail)) (catch_all))', true],
  ])('that a host swallows on its way out is seen in the counter, at the latest: %s', (_, call, traps) => {
    const guest: Guest = new Guest(
      `(module (import "host" "swallow" (func $swallow)) (import "host" "fail" (func $fail))
        (table 1 funcref) (elem (i32.const 0) $swallow)
        (func $deep (export "deep") (call $deep))
        (func (export "f") (result i32) ${call} (i32.const 1)))`,
      {
        swallow() {
          try {
            guest.call('deep');
          } catch {
            // As glue code may.
          }
        },
        fail() {
          throw new Error('caught by the guest');
        },
      },
    );
    guest.supply(1000n, 10);
    if (traps) expect(() => guest.call('f')).toThrow(trap);
    else expect(guest.call('f')).toBe(1);
    expect(guest.depth).toBeLessThan(0);
    // However often it is called, no call gives any of it back.
    for (let attempt = 0; attempt < 5000; attempt++) expect(() => guest.call('deep')).toThrow(trap);
    expect(guest.depth).toBeLessThan(0);
  });

  it('is given back after an import that caught what its callee threw', () => {
    const guest: Guest = new Guest(
      `(module (import "host" "attempt" (func $attempt)) (import "host" "depth" (func $read (result i32)))
        (tag $e) (global $depth (export "seen") (mut i32) (i32.const 0))
        (func $deep (param i32)
          (if (i32.eqz (local.get 0)) (then (throw $e)))
          (call $deep (i32.sub (local.get 0) (i32.const 1))))
        (func (export "fail") (call $deep (i32.const 5)))
        (func (export "f") (call $attempt) (global.set $depth (call $read))))`,
      {
        attempt() {
          expect(() => guest.call('fail')).toThrow(WebAssembly.Exception);
          expect(guest.depth).toBe(13);
        },
        depth: () => guest.depth,
      },
    );
    guest.supply(1000n, 20);
    guest.call('f');
    const { seen } = guest.exports;
    expect(seen instanceof WebAssembly.Global && seen.value).toBe(19);
    expect(guest.depth).toBe(20);
  });
});
