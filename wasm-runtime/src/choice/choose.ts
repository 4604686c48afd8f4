/** The environment for a program: the smallest that has what it imports. Pure, and the same on every host. */
import { ENGINE_FILES, type EnvironmentManifest } from '../environment/manifest.ts';
import { lacking, modulesOf, type Needs } from './needs.ts';
import { STANDARD_LIBRARY } from './standard-library.ts';

/** An environment that a host offers, as far as choosing needs it. */
export interface Offered {
  readonly env_version: string;
  readonly name: string;
  readonly summary: string;
  /** Bytes of all its files. */
  readonly size_bytes: number;
  readonly packages: readonly EnvironmentManifest['packages'][number][];
}

export interface Choice {
  readonly environment: Offered;
  /** Which of the wanted modules its packages have, sorted. */
  readonly has: readonly string[];
  /** Wanted modules that other environments have and this one does not, sorted. */
  readonly lacks: readonly string[];
}

export function offeredOf(env_version: string, manifest: EnvironmentManifest): Offered {
  const { name, summary = '', packages } = manifest;
  return { env_version, name, summary, packages, size_bytes: sizeOf(manifest) };
}

/** Bytes of all files of an environment. */
export function sizeOf({ engines }: EnvironmentManifest): number {
  const files = Object.values(engines).flatMap((engine) => ENGINE_FILES.map((role) => engine.files[role]));
  return files.reduce((sum, file) => sum + (file?.size_bytes ?? 0), 0);
}

/** The modules that its packages add to the standard library, without those that are somebody's own business. */
export function modulesIn({ packages }: Pick<Offered, 'packages'>): Set<string> {
  const modules = packages.flatMap(({ modules: own = [] }) => own);
  return new Set(modules.filter((module) => !module.startsWith('_') && !STANDARD_LIBRARY.has(module)));
}

/**
 * The environment that lacks fewest modules; of several the one that is in use, else the one with fewest bytes, else the first by
 * name. A module that none of them has (the standard library's, a file of the program's own, or nowhere) decides nothing.
 * @param inUse the name or version of an environment that stays if it lacks no more than another
 * @throws RangeError when nothing is offered
 */
export function chooseEnvironment(needs: Needs, offered: readonly Offered[], inUse?: string | null): Choice {
  const ranked = offered
    .map((environment) => ({ environment, ...fit(needs, environment, offered) }))
    .toSorted(
      (one, other) =>
        one.missing - other.missing ||
        Number(isIt(other.environment, inUse)) - Number(isIt(one.environment, inUse)) ||
        one.environment.size_bytes - other.environment.size_bytes ||
        (one.environment.name < other.environment.name ? -1 : 1),
    );
  const [best] = ranked;
  if (!best) throw new RangeError('expected at least one environment to choose from');
  const { environment, has, lacks } = best;
  return { environment, has, lacks };
}

function isIt({ name, env_version }: Offered, asked: string | null | undefined): boolean {
  return asked === name || asked === env_version;
}

function fit(
  needs: Needs,
  environment: Offered,
  offered: readonly Offered[],
): Omit<Choice, 'environment'> & { missing: number } {
  const own = modulesIn(environment);
  const anywhere = new Set(offered.flatMap((other) => [...modulesIn(other)]));
  const missing = lacking(needs, (module) => own.has(module) || STANDARD_LIBRARY.has(module) || module.startsWith('_'));
  return {
    // Also those that nobody has: they are missing everywhere, unless the program knows another way.
    missing: missing.size,
    has: [...modulesOf(needs)].filter((module) => own.has(module)).sort(),
    lacks: [...missing].filter((module) => anywhere.has(module)).sort(),
  };
}
