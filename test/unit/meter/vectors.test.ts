/** The cost model by example: modules of fixtures/wasm with what each call must use, worked out by hand in their text. */
import { MAX_FUEL, meterModule } from '@praxis/wasm-runtime/meter';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { depthCounted, readCallGraph } from '../../../wasm-runtime/src/meter/calls.ts';
import { BodyDecoder } from '../../../wasm-runtime/src/meter/decode.ts';
import { readModule } from '../../../wasm-runtime/src/meter/module.ts';
import { instantiate, interpret, type Machine } from '../../support/wasm-machines.ts';
import { assemble } from '../../support/wasm-text.ts';

interface Call {
  readonly export: string;
  readonly arguments: readonly number[];
  readonly fuel?: number;
  readonly depth?: number;
  /** Overdrawn: it returned, but the counter says that it used more than there was. */
  readonly outcome: 'returned' | 'overdrawn' | 'trapped' | 'threw';
  readonly values?: readonly number[];
  readonly used: number;
  readonly depth_left?: number;
}

const folder = new URL('../../../fixtures/wasm/', import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.wat'))
  .map((file) => file.slice(0, -'.wat'.length));

const AMPLE_FUEL = MAX_FUEL;
const AMPLE_DEPTH = 100;

function machines(name: string): Record<'engine' | 'interpreter', () => Machine> {
  const bytes = assemble(readFileSync(new URL(`${name}.wat`, folder), 'utf8'));
  const module = readModule(bytes);
  const counted = depthCounted(readCallGraph(module, new BodyDecoder(module)));
  // None of these calls enough for that.
  const looksAtExit = () => false;
  const limits = { fuel: AMPLE_FUEL, depth: AMPLE_DEPTH, looksAtExit };
  return {
    engine: () => instantiate(meterModule(bytes), []),
    interpreter: () => interpret(bytes, { ...limits, countsDepth: (index) => counted[index] === 1 }),
  };
}

describe.each(names)('%s', (name) => {
  // The fixture's shape is its own documentation; a call that lacks a field fails its comparison.
  const { calls } = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as { calls: readonly Call[] };
  const { engine, interpreter } = machines(name);
  const rows = calls.map(
    (call) => [`${call.export}(${call.arguments.join(', ')}) with ${call.fuel ?? 'ample'} fuel`, call] as const,
  );

  it.each(rows)('%s', (_, call) => {
    for (const machine of [engine(), interpreter()]) {
      const fuel = BigInt(call.fuel ?? AMPLE_FUEL);
      machine.supply(fuel, call.depth ?? AMPLE_DEPTH);
      const outcome = machine.call(call.export, ...call.arguments);
      const state = machine.state();
      const overdrawn = outcome.kind === 'returned' && (state.fuel ?? 0n) < 0n;
      expect(overdrawn ? 'overdrawn' : outcome.kind).toBe(call.outcome);
      expect('values' in outcome ? outcome.values.map(Number) : undefined).toEqual(call.values);
      expect(fuel - (state.fuel ?? 0n)).toBe(BigInt(call.used));
      expect(state.depth).toBe(call.depth_left ?? state.depth);
    }
  });
});
