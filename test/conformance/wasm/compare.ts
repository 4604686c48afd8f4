/** One script, as it is and metered: what differs, and what the engine itself does otherwise than the suite wants. */
import { meterModule } from '@praxis/wasm-runtime/meter';
import { AS_IT_IS, runScript, type Outcome, type Variant } from './runner.ts';
import type { Script } from './script.ts';

/** The most there is, and far beyond what the suite's own programs need; its endless recursions reach it, or the engine's stack. */
const MAX_DEPTH = 2047;
export const METERED: Variant = {
  rewrite: (bytes) => meterModule(bytes, { maxDepth: MAX_DEPTH }),
  maxDepth: MAX_DEPTH,
};

export interface Comparison {
  commands: number;
  /** Commands whose outcome is what the suite wants, of the modules as they are. */
  asWanted: number;
  /** Modules of later proposals, which the suite wants refused: the engine takes them, the rewriter does not. */
  stricter: number;
  /** Results that are other NaNs than unmetered, and as the suite wants both. */
  nans: number;
  /** `file:line`, what happened as it is, and what happened metered. */
  differences: string[];
}

export function compareScript(name: string, script: Script, load: (filename: string) => Uint8Array): Comparison {
  const plain = runScript(script, load, AS_IT_IS);
  const metered = runScript(script, load, METERED);
  const unequal = plain
    .map((outcome, index) => [outcome, metered[index] ?? outcome] as const)
    .filter(([asIs, rewritten]) => asIs.what !== rewritten.what);
  const differences = unequal.filter(
    ([asIs, rewritten]) => !isRefusalAsWanted(rewritten) && !areNansAsWanted(asIs, rewritten),
  );
  return {
    commands: plain.length,
    asWanted: plain.filter(({ expected }) => expected).length,
    stricter: unequal.filter(([, rewritten]) => isRefusalAsWanted(rewritten)).length,
    nans: unequal.filter((pair) => areNansAsWanted(...pair)).length,
    differences: differences.map(([a, b]) => `${name}:${a.line} ${a.command}: ${a.what} | ${b.what}`),
  };
}

/** Where the suite takes any of several NaNs, the rewriter takes the canonical one. */
function areNansAsWanted(asIs: Outcome, rewritten: Outcome): boolean {
  return asIs.command === 'assert_return' && asIs.expected && rewritten.expected;
}

function isRefusalAsWanted({ command, what }: Outcome): boolean {
  return what.startsWith('refused: ') && (command === 'assert_invalid' || command === 'assert_malformed');
}

export function add(a: Comparison, b: Comparison): Comparison {
  return {
    commands: a.commands + b.commands,
    asWanted: a.asWanted + b.asWanted,
    stricter: a.stricter + b.stricter,
    nans: a.nans + b.nans,
    differences: [...a.differences, ...b.differences],
  };
}
