/**
 * Makes sure of the two system programs that tests need: Chromium and bubblewrap. On Debian as root it installs what is missing;
 * elsewhere it says the one command to run.
 */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { findChromium, findProgram, thisMachine, type Surroundings } from '../test/support/chromium.ts';
import { runCommand } from './process.ts';

interface Tool {
  name: string;
  /** The same on Debian, Ubuntu, Fedora and Homebrew. */
  package: string;
  find(surroundings: Surroundings): string | undefined;
}

const TOOLS: readonly Tool[] = [
  { name: 'Chromium', package: 'chromium', find: findChromium },
  { name: 'bubblewrap', package: 'bubblewrap', find: (surroundings) => findProgram(['bwrap'], surroundings) },
];

export interface Machine extends Surroundings {
  platform: NodeJS.Platform;
  isRoot: boolean;
  isDebian: boolean;
  run(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<void>;
  say(line: string): void;
}

/** What somebody who may not, or cannot, let us install should type. */
function advice(machine: Machine, packages: readonly string[]): string {
  const list = packages.join(' ');
  if (machine.isDebian) return `run: sudo apt-get install -y ${list}`;
  if (machine.platform === 'darwin') {
    const casks = packages.filter((name) => name === 'chromium');
    return casks.length > 0
      ? 'run: brew install --cask chromium, and set PRAXIS_CHROMIUM to the program inside it (bubblewrap exists on Linux only)'
      : 'bubblewrap exists on Linux only: tests of the replay jail are skipped here';
  }
  if (machine.platform === 'win32') return 'run the tests under WSL, or set PRAXIS_CHROMIUM to the path of a Chromium';
  return `install ${list} with the system's package manager`;
}

/**
 * Finds or installs every tool.
 * @returns the names of the tools that are still missing; what to do about them has been said.
 */
export async function ensureTools(machine: Machine): Promise<string[]> {
  const missing = TOOLS.filter((tool) => tool.find(machine) === undefined);
  if (missing.length === 0) return [];
  const packages = missing.map((tool) => tool.package);
  const names = missing.map((tool) => tool.name).join(' and ');
  if (!machine.isDebian || !machine.isRoot) {
    machine.say(`${names} not found; ${advice(machine, packages)}`);
    return missing.map((tool) => tool.name);
  }
  machine.say(`${names} not found; installing from Debian's packages`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await machine.run('apt-get', ['update', '-qq'], env);
    await machine.run('apt-get', ['install', '-qq', '-y', '--no-install-recommends', ...packages], env);
  } catch (error) {
    machine.say(
      `installing failed (${error instanceof Error ? error.message : String(error)}); ${advice(machine, packages)}`,
    );
  }
  return missing.filter((tool) => tool.find(machine) === undefined).map((tool) => tool.name);
}

export const realMachine: Machine = {
  ...thisMachine,
  platform: process.platform,
  isRoot: process.getuid?.() === 0,
  isDebian: existsSync('/etc/debian_version'),
  run: (command, args, env) => runCommand(command, args, { env: { ...process.env, ...env }, output: 'quiet' }),
  say: (line) => console.log(`tools: ${line}`),
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const missing = await ensureTools(realMachine);
  if (missing.length > 0) process.exit(1);
  console.log('tools: Chromium and bubblewrap are there');
}
