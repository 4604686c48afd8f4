/**
 * Fetches engines: npm packages into a folder of their own under node_modules/.cache, so that no lockfile knows of them, and Debian's
 * packages where this is Debian and we are root.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { realMachine, type Machine } from '../../../scripts/ensure-tools.ts';
import { ROOT, runCommand } from '../../../scripts/process.ts';
import { NotHere } from './engine.ts';

const CACHE = join(ROOT, 'node_modules/.cache/praxis-engines');

export interface NpmEngine {
  /** Its folder in the cache. */
  folder: string;
  name: string;
  /** A version, or the range `22`. */
  version: string;
}

/** @returns the folder of the package, installed when it was not there. Nothing of the package is run. */
export async function npmPackage({ folder, name, version }: NpmEngine): Promise<string> {
  const prefix = join(CACHE, folder);
  const found = join(prefix, 'node_modules', name);
  if (existsSync(join(found, 'package.json'))) return found;
  console.log(`  installing ${name}@${version} from npm`);
  // A program for another processor is not refused with --force.
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--force', '--loglevel', 'error'];
  try {
    await runCommand('npm', ['install', '--prefix', prefix, ...flags, `${name}@${version}`], { output: 'quiet' });
  } catch (error) {
    throw new NotHere(`npm cannot install ${name}@${version}`, { cause: error });
  }
  return found;
}

/** Makes sure of a file that comes with Debian's packages. @throws NotHere */
export async function debianPackages(
  file: string,
  packages: readonly string[],
  machine: Machine = realMachine,
): Promise<void> {
  if (existsSync(file)) return;
  const list = packages.join(' ');
  if (!machine.isDebian) throw new NotHere(`${file} is missing; it comes with Debian's packages ${list}`);
  if (!machine.isRoot) throw new NotHere(`${file} is missing; run: sudo apt-get install -y ${list}`);
  console.log(`  installing ${list} from Debian's packages`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await machine.run('apt-get', ['update', '-qq'], env);
    await machine.run('apt-get', ['install', '-qq', '-y', '--no-install-recommends', ...packages], env);
  } catch (error) {
    throw new NotHere(`apt-get cannot install ${list}`, { cause: error });
  }
  if (!existsSync(file)) throw new NotHere(`${file} is not in Debian's packages ${list}`);
}
