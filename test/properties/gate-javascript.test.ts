// What QuickJS may import, with whatever numbers: each call answers, or stops the guest with a trap that does not blame the host.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createImports, JAVASCRIPT_POLICY } from '../../wasm-runtime/src/engines/javascript/imports.ts';
import { VirtualClock } from '../../wasm-runtime/src/gate/clock.ts';
import { Gate } from '../../wasm-runtime/src/gate/gate.ts';
import { GuestMemory } from '../../wasm-runtime/src/gate/memory.ts';
import { COUNTER_EXPORT, packCounter } from '../../wasm-runtime/src/meter/index.ts';
import { HOST_CALL_FUEL } from '../../wasm-runtime/src/gate/policy.ts';
import { GuestTrap } from '../../wasm-runtime/src/gate/trap.ts';

const PAGES = 2;
const FUEL = 10_000_000n;

function open() {
  const gate = new Gate();
  gate.connect({
    [COUNTER_EXPORT]: new WebAssembly.Global({ value: 'i64', mutable: true }, packCounter({ fuel: FUEL, depth: 100 })),
  });
  const memory = new WebAssembly.Memory({ initial: PAGES });
  const clock = new VirtualClock({ fuelUsed: () => gate.used(), epochMs: 0 });
  const asked: number[] = [];
  const imports = createImports({
    gate,
    memory: new GuestMemory(() => memory),
    clock: () => clock,
    resize: (bytes) => {
      asked.push(bytes);
      return false;
    },
    call: (count, values) => {
      asked.push(count, values);
      return 0;
    },
    rejected: () => undefined,
    normalizeModule: (importer, specifier) => {
      asked.push(importer, specifier);
      return 0;
    },
    loadModule: () => 0,
  });
  gate.flip();
  return { gate, imports, asked };
}

const PERMITTED = Object.entries(JAVASCRIPT_POLICY).flatMap(([name, rule]) => (rule === 'loading' ? [] : [name]));
const address = fc.oneof(fc.integer({ min: -8, max: PAGES * 65_536 + 8 }), fc.integer());
/** Those that take 64-bit numbers: by place. */
const WIDE: Record<string, readonly number[]> = { _localtime_js: [0], promise_rejection_tracker: [1, 2] };
const call = fc.record({
  name: fc.constantFrom(...PERMITTED),
  numbers: fc.array(address, { minLength: 5, maxLength: 5 }),
  wide: fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
});

test('every import of JavaScript that is permitted answers or stops the guest', () => {
  const answered = new Set<string>();
  const stopped = new Set<string>();
  fc.assert(
    fc.property(fc.array(call, { maxLength: 40 }), (program) => {
      const { gate, imports, asked } = open();
      for (const { name, numbers, wide } of program) {
        const args = numbers.map((value, index) => (WIDE[name]?.includes(index) ? wide : value));
        const before = gate.used();
        try {
          const answer: unknown = imports[name]?.(...args);
          expect(['number', 'undefined'], name).toContain(typeof answer);
          expect(Number(gate.used() - before), name).toBeGreaterThanOrEqual(HOST_CALL_FUEL);
          answered.add(name);
        } catch (error) {
          expect(error, name).toBeInstanceOf(GuestTrap);
          expect(error, name).toMatchObject({ kind: 'violation', code: 'ENGINE_FAULT' });
          stopped.add(name);
          expect(() => imports['emscripten_date_now']?.()).toThrow(GuestTrap);
          break;
        }
      }
      expect(asked.every((value) => Number.isSafeInteger(value))).toBe(true);
    }),
    { numRuns: 2000 },
  );
  expect([...answered, ...stopped].toSorted()).toEqual(expect.arrayContaining(PERMITTED));
});
