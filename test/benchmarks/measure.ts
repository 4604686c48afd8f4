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

/** Both in turn, so that the machine's moods meet both; the first round warms up and is dropped. */
export async function inTurn(
  rounds: number,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<Pair> {
  const pair: Pair = { ours: [], theirs: [] };
  for (let round = 0; round <= rounds; round++) {
    const a = await ours();
    const b = await theirs();
    if (round === 0) continue;
    pair.ours.push(a);
    pair.theirs.push(b);
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

export function row(name: string, pair: Pair, unit = 'ms'): string {
  return `${name.padEnd(28)} ${ratio(pair).toFixed(3).padStart(7)}   ours ${range(pair.ours)}, theirs ${range(pair.theirs)} ${unit}`;
}
