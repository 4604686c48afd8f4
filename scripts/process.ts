/** Running another program from a script: its output goes straight to the terminal, its failure is a typed error. */
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');

/** A program that could not be started or that ended with anything but 0. */
export class CommandFailure extends Error {
  readonly exitCode: number | null;

  constructor(command: string, exitCode: number | null, detail: string) {
    super(`${command}: ${detail}`);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
  }
}

export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** `inherit` shows what the program prints; `quiet` keeps it and shows it only when the program fails. */
  output?: 'inherit' | 'quiet';
}

/**
 * Runs `command` without a shell; programs of installed packages are found by their name.
 * @throws CommandFailure
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<void> {
  const { cwd = ROOT, env = process.env, output = 'inherit' } = options;
  const path = `${join(ROOT, 'node_modules', '.bin')}${delimiter}${env['PATH'] ?? ''}`;
  const quiet = output === 'quiet';
  const child = spawn(command, args, {
    cwd,
    env: { ...env, PATH: path },
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
  });
  const kept: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => kept.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => kept.push(chunk));
  await new Promise<void>((resolve, reject) => {
    child.once('error', (error) => reject(new CommandFailure(command, null, error.message)));
    child.once('close', (code, signal) => {
      if (code === 0) {
        resolve();
        return;
      }
      if (quiet) process.stderr.write(Buffer.concat(kept));
      const detail = signal === null ? `ended with exit code ${String(code)}` : `was ended by ${signal}`;
      reject(new CommandFailure(command, code, detail));
    });
  });
}
