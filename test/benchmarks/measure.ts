/** Small tools of the benchmarks: medians, pairs in turn, lines of a table. */

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

export interface Pair {
  ours: number[];
  theirs: number[];
}

/**
 * Both in turn, so that the machine's moods meet both. Rounds before each side has run for `warmUp` milliseconds, and the first in any
 * case, are dropped.
 */
export async function inTurn(
  rounds: number,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
  warmUp = 0,
): Promise<Pair> {
  let [oursWarm, theirsWarm] = [0, 0];
  do {
    oursWarm += await ours();
    theirsWarm += await theirs();
  } while (Math.min(oursWarm, theirsWarm) < warmUp);
  const pair: Pair = { ours: [], theirs: [] };
  for (let round = 0; round < rounds; round++) {
    pair.ours.push(await ours());
    pair.theirs.push(await theirs());
  }
  return pair;
}

export function ratio({ ours, theirs }: Pair): number {
  return median(ours.map((value, index) => value / (theirs[index] ?? Number.NaN)));
}

/** Median, lowest and highest. */
export function range(values: readonly number[]): string {
  return `${median(values).toFixed(1)} (${Math.min(...values).toFixed(1)}–${Math.max(...values).toFixed(1)})`;
}

/** A ratio, in three places. */
export function shown(value: number): string {
  return value.toFixed(3).padStart(7);
}

export function row(name: string, pair: Pair, unit = 'ms'): string {
  return `${name.padEnd(28)} ${shown(ratio(pair))}   ours ${range(pair.ours)}, theirs ${range(pair.theirs)} ${unit}`;
}
