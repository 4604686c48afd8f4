/** A metered module computes what the original computes, and counts what the cost model says: random modules. */
import { meterLibrary, meterModule, packCounter } from '@praxis/wasm-runtime/meter';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { depthCounted, readCallGraph } from '../../wasm-runtime/src/meter/calls.ts';
import { BodyDecoder } from '../../wasm-runtime/src/meter/decode.ts';
import { readModule } from '../../wasm-runtime/src/meter/module.ts';
import { lookingFunctions } from '../../wasm-runtime/src/meter/unseen.ts';
import { generateModule } from '../support/wasm-generator.ts';
import {
  argumentsFor,
  instantiate,
  interpret,
  type Machine,
  type MachineState,
  type Outcome,
} from '../support/wasm-machines.ts';
import { readTree } from '../support/wasm-tree.ts';

const tape = fc.array(fc.noBias(fc.nat({ max: 1_000_000 })), { minLength: 1, maxLength: 600, size: 'max' });
const features = fc.record({ exceptions: fc.boolean(), tailCalls: fc.boolean() });
const subject = fc.record({ tape, features, seed: fc.integer({ min: -3, max: 9 }) });

/** A tape is too long to be shrunk by trial: a failure reports the tape as it was drawn, with fast-check's seed. */
const runs = (count: number): fc.Parameters<unknown> => ({ numRuns: count, endOnFailure: true });

interface Run {
  readonly outcomes: readonly Outcome[];
  readonly states: readonly MachineState[];
}

interface Supply {
  readonly fuel: bigint;
  readonly depth: number;
}

/** Calls every function once, in order, on one instance, with counters set anew for each call if `supply` is given. */
function callAll(machine: Machine, functions: readonly (readonly number[])[], seed: number, supply?: Supply): Run {
  const outcomes: Outcome[] = [];
  const states: MachineState[] = [];
  for (const [index, parameters] of functions.entries()) {
    if (supply !== undefined) machine.supply(supply.fuel, supply.depth);
    outcomes.push(machine.call(`f${index}`, ...argumentsFor(parameters, seed)));
    states.push(machine.state());
  }
  return { outcomes, states };
}

interface Subject {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly functions: readonly (readonly number[])[];
  readonly countsDepth: (definedFunction: number) => boolean;
  readonly looksAtExit: (definedFunction: number) => boolean;
}

function prepare(decisions: readonly number[], options: { exceptions: boolean; tailCalls: boolean }): Subject {
  const bytes = generateModule(decisions, options);
  const module = readModule(bytes);
  const calls = readCallGraph(module, new BodyDecoder(module));
  const counted = depthCounted(calls);
  const looks = lookingFunctions(calls, counted);
  return {
    bytes,
    functions: readTree(bytes).functions.map((body) => body.type.parameters),
    countsDepth: (index) => counted[index] === 1,
    looksAtExit: (index) => looks[index] === 1,
  };
}

/** `refuel` sets the counters before every call; otherwise what one call uses, the next lacks. */
interface Limits extends Supply {
  readonly refuel: boolean;
}

/** Fuel that ends endless loops, and pays for two pages of memory. */
const AMPLE: Limits = { fuel: 150_000n, depth: 40, refuel: true };

function runMetered({ bytes, functions }: Subject, limits: Limits, seed: number): Run {
  const metered = meterModule(bytes, { initialFuel: limits.fuel, maxDepth: limits.depth });
  return callAll(instantiate(metered, functions[0] ?? []), functions, seed, limits.refuel ? limits : undefined);
}

function runInterpreted({ bytes, functions, countsDepth, looksAtExit }: Subject, limits: Limits, seed: number): Run {
  return callAll(
    interpret(bytes, { ...limits, countsDepth, looksAtExit }),
    functions,
    seed,
    limits.refuel ? limits : undefined,
  );
}

function withoutCounters({ outcomes, states }: Run): unknown {
  return {
    outcomes,
    states: states.map(({ globals, memory, table, log }) => ({
      globals,
      memory,
      table,
      log: log.map(({ value }) => value),
    })),
  };
}

describe('random modules', () => {
  it('are valid, and stay valid when metered', () => {
    fc.assert(
      fc.property(subject, ({ tape: decisions, features: options }) => {
        const bytes = generateModule(decisions, options);
        expect(WebAssembly.validate(bytes)).toBe(true);
        expect(WebAssembly.validate(meterModule(bytes))).toBe(true);
      }),
      runs(400),
    );
  });

  it('run in the engine as the interpreter runs them, and count the same', () => {
    fc.assert(
      fc.property(subject, ({ tape: decisions, features: options, seed }) => {
        const prepared = prepare(decisions, options);
        expect(runMetered(prepared, AMPLE, seed)).toEqual(runInterpreted(prepared, AMPLE, seed));
      }),
      runs(250),
    );
  });

  it('stop where the interpreter stops, whatever the limits', () => {
    const scarce = fc.record({
      fuel: fc.oneof(fc.bigInt({ min: 0n, max: 400n }), fc.bigInt({ min: 0n, max: 6000n })),
      depth: fc.nat({ max: 6 }),
      refuel: fc.boolean(),
    });
    fc.assert(
      fc.property(subject, scarce, ({ tape: decisions, features: options, seed }, limits) => {
        const prepared = prepare(decisions, options);
        expect(runMetered(prepared, limits, seed)).toEqual(runInterpreted(prepared, limits, seed));
      }),
      runs(400),
    );
  });

  it('compute the same with and without the meter', () => {
    fc.assert(
      fc.property(subject, ({ tape: decisions, features: options, seed }) => {
        const prepared = prepare(decisions, options);
        const metered = runMetered(prepared, AMPLE, seed);
        // What ran into a limit need not end by itself.
        fc.pre(metered.states.every(({ fuel = 0n, depth = 0 }) => fuel >= 0n && depth >= 0));
        const original = callAll(instantiate(prepared.bytes, prepared.functions[0] ?? []), prepared.functions, seed);
        expect(withoutCounters(metered)).toEqual(withoutCounters(original));
      }),
      runs(300),
    );
  });

  it('count in the counter of another module what they would count in their own', () => {
    fc.assert(
      fc.property(subject, ({ tape: decisions, features: options, seed }) => {
        const { bytes, functions } = prepare(decisions, options);
        const [types = []] = functions;
        const supply = { fuel: AMPLE.fuel, depth: 2000 };
        const counter = new WebAssembly.Global({ value: 'i64', mutable: true }, packCounter(supply));
        const library = meterLibrary(bytes, { provides: () => true });
        const inOther = callAll(instantiate(library, types, counter), functions, seed, supply);
        // Where a host swallows what a limit did, a library goes on until it looks.
        fc.pre(inOther.states.every(({ fuel = 0n, depth = 0 }) => fuel >= 0n && depth >= 0));
        const inOwn = callAll(instantiate(meterModule(bytes), types), functions, seed, supply);
        expect(withoutDepth(inOther)).toEqual(withoutDepth(inOwn));
      }),
      runs(300),
    );
  });
});

/** A library counts fewer frames: what it calls does the rest. */
function withoutDepth({ outcomes, states }: Run): unknown {
  return {
    outcomes,
    states: states.map(({ depth: _depth, log, ...state }) => ({
      ...state,
      log: log.map(({ value, fuel }) => [value, fuel]),
    })),
  };
}
