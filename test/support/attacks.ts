/** Runs attacks in sandbox processes and tells in what a run breaks what its case demands. Needs a build. */
import { RunRecord, type Language } from '@praxis/wasm-runtime';
import { Check } from 'typebox/value';
import { vi } from 'vitest';
import { runOnCommandLine, type Attacked } from './attack-command.ts';
import type { AttackCase } from './attack-corpus.ts';
import { CANARY, type AttackWorld } from './attack-world.ts';
import { builtEnvironment } from './environments.ts';
import { runSource } from './node-runs.ts';
import { streamText } from './run-fixtures.ts';

/**
 * Attacks on what surrounds the sandbox, too, run through the command line. The others run in the same kind of sandbox process
 * without it, in half of the time. Some corpora have short names.
 */
// prettier-ignore
const ON_COMMAND_LINE: ReadonlySet<string> = new Set([
  'environment', 'network', 'output', 'forgery', 'env', 'net', 'process',
]);

/** What broke, in words; nothing when the program gave one of the right outcomes and leaked, forged and reached nothing. */
export async function breaches(entry: AttackCase, language: Language, world: AttackWorld): Promise<string[]> {
  vi.stubEnv('HOST_CANARY', CANARY);
  const attacked = await attack(entry, language, world);
  const found = [...recordBreaches(entry, attacked), ...attacked.breaches];
  if (entry.expect.same_over_runs) {
    const again = await attack(entry, language, world);
    if (again.run_digest !== attacked.run_digest)
      found.push(`two runs differ: ${firstDifference(attacked.record, again.record)}`);
  }
  if (world.connections > 0) found.push('something reached the listener');
  return found;
}

function recordBreaches({ expect: wanted }: AttackCase, { record, bytes, cwd }: Attacked): string[] {
  const found: string[] = [];
  const hold = (holds: boolean, breach: string) => void (holds || found.push(breach));
  const { outcome, error, artifacts } = record;
  hold(wanted.outcomes.includes(outcome), `the outcome is ${outcome}: ${error?.message ?? ''}`);
  hold((error === null) === (outcome === 'succeeded'), 'the error does not fit the outcome');
  hold(wanted.error_code === undefined || wanted.error_code === error?.code, `the error is ${error?.code ?? 'none'}`);

  const text = JSON.stringify(record);
  for (const forbidden of [CANARY, ...(wanted.must_not_print ?? [])]) {
    hold(!text.includes(forbidden.replace('{cwd}', cwd)), `the record holds ${forbidden}`);
  }
  const stdout = streamText(record, 'stdout');
  hold(wanted.stdout === undefined || wanted.stdout === stdout, `stdout is ${JSON.stringify(stdout.slice(0, 1000))}`);
  hold(bytes <= (wanted.max_record_bytes ?? Infinity), `${bytes} bytes were printed`);

  const names = artifacts.map(({ name }) => name);
  for (const name of [...names, ...artifacts.map((artifact) => artifact.media_type)]) {
    hold(isPlain(name), `an artifact has the name or type ${JSON.stringify(name)}`);
  }
  hold(new Set(names).size === names.length, 'two artifacts have one name');
  return found;
}

async function attack(entry: AttackCase, language: Language, world: AttackWorld): Promise<Attacked> {
  if (ON_COMMAND_LINE.has(entry.group)) return runOnCommandLine(entry, language, world);
  const stdin = entry.stdin === null ? [] : entry.stdin.split('\n');
  const { limits, inputs = {}, environment = 'python' } = entry;
  const env_version = builtEnvironment(environment);
  if (env_version === undefined) throw new Error(`the environment ${environment} is not built here`);
  const { record, run_digest } = await runSource(language, world.codeOf(entry), { limits, stdin, inputs, env_version });
  const bytes = Buffer.byteLength(JSON.stringify(record));
  const published = Check(RunRecord, record) ? [] : ['the record has not the published form'];
  return { record, run_digest, bytes, cwd: process.cwd(), breaches: published };
}

/** Without control, format, private and half characters and separators of lines, and a relative path. */
function isPlain(name: string): boolean {
  if (/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u.test(name)) return false;
  return name.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function firstDifference(one: RunRecord, other: RunRecord): string {
  const [first, second] = [JSON.stringify(one), JSON.stringify(other)];
  let at = 0;
  while (at < first.length && first[at] === second[at]) at++;
  return `${first.slice(Math.max(0, at - 60), at + 60)} and ${second.slice(Math.max(0, at - 60), at + 60)}`;
}
