/** What metering costs: programs in a metered engine and in the stock one, in turn. */
import { geometricMean, inTurn, ratio, row, shown } from './measure.ts';
import type { Place, Subject } from './places.ts';

/** Each side runs a program so long before it is timed: what an engine's optimising compiler has not got to yet is not metering. */
const WARM_UP_MS = 1000;

export async function overhead(
  place: Place,
  what: string,
  subject: Subject,
  programs: Readonly<Record<string, string>>,
  rounds: number,
): Promise<void> {
  console.log(`\n## Metered ${what} against the stock engine, ${place.name} (time of the program alone, warm)`);
  const pairing = await place.pair(subject);
  const ratios: number[] = [];
  for (const [name, source] of Object.entries(programs)) {
    const pair = await inTurn(
      rounds,
      () => pairing.ours(source),
      () => pairing.stock(source),
      WARM_UP_MS,
    );
    ratios.push(ratio(pair));
    console.log(row(name, pair));
  }
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  console.log(`geometric mean               ${shown(geometricMean(ratios))}   from ${shown(least)} to ${shown(most)}`);
  await pairing.close();
}
