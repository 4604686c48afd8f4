/**
 * `npm run conformance:packages [-- OPTIONS]`: the libraries' own tests have the same outcome in metered runs as on the stock Pyodide
 * that the environment is made of. Prints a table, and each difference with its reason. Ends with 1 when one has none.
 *
 * `--only LIBRARY` and `--file PART` (of a path) run less. `--report` writes REPORT.md. `--keep FILE` writes what each test gave, and
 * `--kept FILE`, which can be said again, looks at that instead of running anything.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readDefinition } from '../../../wasm-runtime/src/environment/definition.ts';
import { builtEnvironment } from '../../support/environments.ts';
import { EXPLANATIONS } from './explanations.ts';
import { stockWheels, toolsArchive } from './materials.ts';
import { reportOf } from './report.ts';
import { readResults, writeResults, type SuiteResult } from './results.ts';
import { runSuite } from './run-suite.ts';
import { compiledTools } from './stock.ts';
import { ENVIRONMENT, SUITES, type Suite } from './suites.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    file: { type: 'string', default: '' },
    report: { type: 'boolean', default: false },
    keep: { type: 'string' },
    kept: { type: 'string', multiple: true },
  },
});

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}

async function runSuites(suites: readonly Suite[]): Promise<SuiteResult[]> {
  const env_version = builtEnvironment(ENVIRONMENT);
  if (env_version === undefined) refuse(`the environment ${ENVIRONMENT} is not built here; npm run build says why`);
  const wheels = await stockWheels(await readDefinition(ENVIRONMENT));
  const tools = await compiledTools(await toolsArchive());
  const results: SuiteResult[] = [];
  for (const suite of suites) results.push(await runSuite(suite, { env_version, wheels, tools, part: values.file }));
  return results;
}

const suites = SUITES.filter(({ library }) => values.only === undefined || values.only === library);
if (suites.length === 0) refuse(`no such suite; there are: ${SUITES.map(({ library }) => library).join(', ')}`);

const results = values.kept === undefined ? await runSuites(suites) : values.kept.flatMap(readResults);
if (values.keep !== undefined) writeResults(values.keep, results);
const { table, differences, same, unexplained, text } = reportOf(results, EXPLANATIONS);
if (values.report) writeFileSync(new URL('REPORT.md', import.meta.url), text);
console.log([...table, ...differences, ''].join('\n'));
console.log(`${same} tests have the same outcome; ${unexplained} differences are not explained`);
if (unexplained > 0) process.exitCode = 1;
