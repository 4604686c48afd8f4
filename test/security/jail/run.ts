/** Runs the compromised sandbox in a jail, in parts of one, or in none, and reads what it says. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startProcess, type Launch } from '@praxis/wasm-runtime/node';
import { jailLaunch, type JailedScript, type JailParts } from '../../../server/src/replay/jail-command.ts';

export const COMPROMISED = fileURLToPath(new URL('compromised.cjs', import.meta.url));

/** `whole`: all walls. `filtered`: namespaces and the filter of system calls. `namespaces`: those alone. `none`: plain Node. */
export type Confinement = 'whole' | 'filtered' | 'namespaces' | 'none';

const WITHOUT: Readonly<Record<Exclude<Confinement, 'none'>, NonNullable<JailedScript['without']>>> = {
  whole: [],
  filtered: ['permission'],
  namespaces: ['filter', 'permission'],
};

/** A name of `compromised.cjs` and its arguments. */
export type Attempt = readonly [name: string, ...args: string[]];

export function launchCompromised(parts: JailParts, confinement: Confinement, attempts: readonly Attempt[]): Launch {
  const args = [JSON.stringify(attempts)];
  if (confinement !== 'none') {
    return jailLaunch(parts, { script: COMPROMISED, cpu_ms: 20_000, without: WITHOUT[confinement], args });
  }
  const environment = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { command: process.execPath, args: [COMPROMISED, ...args], env: Object.fromEntries(environment) };
}

export interface Said {
  stdout: string;
  stderr: string;
  code: number | null;
  signal: NodeJS.Signals | null;
}

export async function listen(launch: Launch): Promise<Said> {
  const child = startProcess(launch);
  const said = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => void (said.stdout += chunk.toString('utf8')));
  child.stderr?.on('data', (chunk: Buffer) => void (said.stderr += chunk.toString('utf8')));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { ...said, code, signal };
}

/** @returns what each attempt gave: its value, "done", or the code of the error that it met */
export async function outcomes(
  parts: JailParts,
  confinement: Confinement,
  attempts: readonly Attempt[],
): Promise<unknown[]> {
  const { stdout, stderr, code } = await listen(launchCompromised(parts, confinement, attempts));
  if (code !== 0) throw new Error(`the compromised sandbox ended with ${code}: ${stderr}`);
  // Written by compromised.cjs.
  return JSON.parse(stdout) as unknown[];
}
