/**
 * `npm run conformance:engines [-- ENGINE …]`: the same programs give the same run records on every engine. Prints a table. Ends with 1
 * when a record differs, or when an engine that was asked for cannot be had here.
 */
import { parseArgs } from 'node:util';
import { openChromium } from './chromium.ts';
import { compare, Reference } from './compare.ts';
import { NotHere, type EngineKind } from './engine.ts';
import { openFirefox } from './firefox.ts';
import { NODE_ENGINES, openReference } from './node.ts';
import { conformancePrograms } from './programs.ts';
import { openWebKit } from './webkit.ts';

/** No page sees these in a record. */
const ELSEWHERE = { locale: 'ar-EG', timezoneId: 'Pacific/Chatham', userAgent: 'Mozilla/5.0 (somebody else)' };

const ENGINES: readonly EngineKind[] = [
  ...NODE_ENGINES,
  {
    id: 'chromium',
    how: 'with shared memory',
    programs: 'all',
    open: () => openChromium({ isolated: true, context: {} }),
  },
  {
    id: 'chromium-loop',
    how: 'a hundred runs of a few programs in one page',
    programs: 'loop',
    open: () => openChromium({ isolated: true, context: {} }),
  },
  {
    id: 'chromium-bare',
    how: 'without shared memory, in Arabic, on Chatham, with another user agent',
    programs: 'all',
    open: () => openChromium({ isolated: false, context: ELSEWHERE }),
  },
  { id: 'firefox', how: "in French, on Newfoundland's time", programs: 'all', open: openFirefox },
  { id: 'webkitgtk', how: "in Arabic, on Tehran's time", programs: 'all', open: openWebKit },
];

const { values, positionals } = parseArgs({ allowPositionals: true, options: { only: { type: 'string' } } });
/** In the order in which they were asked for. */
const asked = positionals.flatMap((id) => ENGINES.filter((kind) => kind.id === id));
const unknown = positionals.filter((id) => !asked.some((kind) => kind.id === id));
if (unknown.length > 0) {
  console.error(`no such engine: ${unknown.join(', ')}
usage: npm run conformance:engines [-- [--only PART OF A PROGRAM'S NAME] ENGINE …]
engines: ${ENGINES.map(({ id }) => id).join(', ')}`);
  process.exit(2);
}

const programs = (await conformancePrograms()).filter(({ name }) => name.includes(values.only ?? ''));
const referenceEngine = await openReference();
const reference = new Reference(referenceEngine);
console.log(`${programs.length} programs; the reference is ${referenceEngine.version}`);

const rows: string[][] = [['engine', 'runs', 'equal', 'different']];
for (const kind of asked.length === 0 ? ENGINES : asked) {
  console.log(`${kind.id}: ${kind.how}`);
  try {
    const engine = await kind.open();
    try {
      const { runs, differences } = await compare(kind, engine, programs, reference);
      const counts = [runs, runs - differences.length, differences.length].map((count) => count.toLocaleString('en'));
      rows.push([`${engine.version}, ${kind.how}`, ...counts]);
      if (differences.length > 0) process.exitCode = 1;
    } finally {
      await engine.close();
    }
  } catch (error) {
    const why = error instanceof NotHere ? `not here: ${error.message}` : `failed: ${String(error)}`;
    console.log(`  ${why}`);
    rows.push([`${kind.id}, ${why}`, '', '', '']);
    if (!(error instanceof NotHere) || asked.includes(kind)) process.exitCode = 1;
  }
}

const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
for (const [index, row] of rows.entries()) {
  console.log(`| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  if (index === 0) console.log(`| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
}
