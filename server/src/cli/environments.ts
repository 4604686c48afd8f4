/** The environments of this installation: those that are built, those that only have a definition, and which one a program gets. */
import {
  chooseEnvironment,
  explainMissing,
  joined,
  lacking,
  missingModule,
  missingSentence,
  modulesIn,
  needsOf,
  offeredOf,
  RunFailure,
  STANDARD_LIBRARY,
  type EnvironmentManifest,
  type Offered,
  type ProgramStep,
  type RunError,
} from '@praxis/wasm-runtime';
import { currentEnvironments, directoryEnvironments, listDefinitions, readDefinition } from '@praxis/wasm-runtime/node';
import { UsageError } from './exit-codes.ts';

/** No environment that is built has so many bytes. */
const NOT_BUILT_BYTES = 2 ** 50;

export interface Chosen {
  env_version: string;
  /** For the person, in one sentence; null where the choice is what anybody would expect. */
  note: string | null;
}

export const buildCommand = (...names: string[]): string => `praxis env build ${names.join(' ')}`;

/** Whoever has only a definition has no version. */
export const isBuilt = ({ env_version }: Offered): boolean => env_version !== '';

/** @param wanted a name (`python`) or a whole version (`python@sha256:…`). @throws UsageError */
export async function resolveEnvironment(wanted: string): Promise<string> {
  if (wanted.includes('@')) return wanted;
  const current = await builtVersions();
  const found = current.get(wanted);
  if (found !== undefined) return found;
  const defined = await listDefinitions();
  if (defined.includes(wanted)) {
    throw new UsageError(`the environment ${wanted} is not built here: ${buildCommand(wanted)}`);
  }
  const names = [...new Set([...current.keys(), ...defined])].sort();
  throw new UsageError(`there is no environment ${wanted}; there are: ${names.join(', ')}`);
}

/** Name and version of those that are built; empty where nothing is. */
async function builtVersions(): Promise<ReadonlyMap<string, string>> {
  return currentEnvironments().catch((error: unknown) => {
    if (error instanceof RunFailure) return new Map<string, string>();
    throw error;
  });
}

/** What is built here, and after that what could be, by name. */
export async function knownEnvironments(): Promise<Offered[]> {
  const built = await builtEnvironments();
  const names = (await listDefinitions()).filter((name) => !built.some((environment) => environment.name === name));
  return [...built, ...(await Promise.all(names.map(definedEnvironment)))];
}

async function builtEnvironments(): Promise<Offered[]> {
  const source = directoryEnvironments();
  const manifests = await Promise.all(
    [...(await builtVersions()).values()].map(async (version): Promise<[string, EnvironmentManifest] | null> => {
      try {
        return [version, await source.manifest(version)];
      } catch (error) {
        // Its files were changed or belong to another version of this program: it is not here then.
        if (error instanceof RunFailure) return null;
        throw error;
      }
    }),
  );
  return manifests.flatMap((found) => (found === null ? [] : [offeredOf(...found)]));
}

/** By its definition alone. Of two that are not built, the one of fewer packages is taken for the smaller one. */
async function definedEnvironment(name: string): Promise<Offered> {
  const { summary, wheels } = await readDefinition(name);
  return { env_version: '', name, summary, size_bytes: NOT_BUILT_BYTES + wheels.length, packages: wheels };
}

/**
 * The smallest environment that has what the steps import.
 * @throws UsageError when it has to be built first
 */
export async function environmentFor(steps: readonly ProgramStep[]): Promise<Chosen> {
  const needs = needsOf(steps);
  const built = await builtEnvironments();
  const [first] = built;
  if (first === undefined)
    throw new RunFailure('ENVIRONMENT_UNKNOWN', 'no environment is built yet: run `npm run build`');
  const usual = chooseEnvironment({ all: [] }, built).environment;
  let choice = chooseEnvironment(needs, built);
  let known: readonly Offered[] = built;
  const has = modulesIn(choice.environment);
  if (lacking(needs, (module) => has.has(module) || STANDARD_LIBRARY.has(module)).size > 0) {
    known = await knownEnvironments();
    choice = chooseEnvironment(needs, known);
  }
  const { environment } = choice;
  if (!isBuilt(environment)) {
    throw new UsageError(
      `${joined(choice.has, 'and')} ${choice.has.length > 1 ? 'are' : 'is'} in the environment ${environment.name}, ` +
        `which is not built here: ${buildCommand(environment.name)}`,
    );
  }
  const elsewhere = choice.lacks.map((module) => missingSentence(explainMissing(module, known)));
  const chosen =
    environment.env_version === usual.env_version
      ? ''
      : `running in the environment ${environment.name}, which has ${joined(choice.has, 'and')}`;
  const partly = elsewhere.length === 0 ? '' : `no environment has everything that is imported: ${elsewhere.join(' ')}`;
  const note = [chosen, partly].filter((part) => part !== '').join('; ');
  return { env_version: environment.env_version, note: note === '' ? null : note };
}

/** For a run that ended for want of a package: where that is, or what there is instead. Null for any other end. */
export async function adviceAbout(error: RunError | null): Promise<string | null> {
  const module = missingModule(error);
  if (module === null) return null;
  const missing = explainMissing(module, await knownEnvironments());
  const [smallest] = missing.environments;
  const sentence = missingSentence(missing);
  if (smallest === undefined) return sentence;
  return isBuilt(smallest)
    ? `${sentence} Run it with --env ${smallest.name}.`
    : `${sentence} It is not built here: ${buildCommand(smallest.name)}`;
}
