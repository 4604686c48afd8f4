/** Builds environments from their definitions. Node only. The same bytes on every machine. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GATE_POLICY_VERSION } from '../gate/policy.ts';
import { COST_MODEL_VERSION } from '../meter/index.ts';
import { jsonDigest } from '../run/digest.ts';
import { SCHEMA_VERSION } from '../run/program.ts';
import { buildJavaScriptEngine } from './build-javascript.ts';
import { buildPythonEngine } from './build-python.ts';
import { describeEngine, storeEnvironment, type BuiltEngine } from './built-files.ts';
import { listDefinitions, readDefinition } from './definition.ts';
import { checkLock, readLock, updateLock } from './lock.ts';
import type { EnvironmentManifest } from './manifest.ts';
import { WheelsUnavailable } from './wheels.ts';

export {
  DefinitionError,
  listDefinitions,
  readDefinition,
  whichHave,
  type EnvironmentDefinition,
} from './definition.ts';
export { LockMismatch, LOCK_FILE } from './lock.ts';
export { WheelsUnavailable } from './wheels.ts';

export interface BuildOptions {
  /** Folder of environments: each gets a folder named by its hex digest, and `index.json` names the current ones. */
  outDir: string;
  /** Folder of definitions; else those of this project. */
  definitions?: string;
  /** Where their digests are committed. */
  lock?: string;
  /** Which of the definitions; else all. */
  names?: readonly string[];
  /** Folder where wheels are looked for first. */
  wheels?: string | undefined;
  log?: (line: string) => void;
  /** Accept other digests and write them to the lock. */
  updateLock?: boolean;
}

export interface BuiltEnvironment {
  name: string;
  env_version: string;
  folder: string;
}

export interface EnvironmentBuilds {
  built: BuiltEnvironment[];
  /** Those that lack wheels, which no source has here. */
  unavailable: { name: string; reason: WheelsUnavailable }[];
}

/** Builds one environment after the other. @throws LockMismatch DefinitionError */
export async function buildEnvironments(options: BuildOptions): Promise<EnvironmentBuilds> {
  const builds: EnvironmentBuilds = { built: [], unavailable: [] };
  const names = options.names ?? (await listDefinitions(options.definitions));
  const log = options.log ?? (() => undefined);
  const javascript = await buildJavaScriptEngine(log);
  for (const name of names) {
    try {
      builds.built.push(await buildEnvironment(name, javascript, options));
    } catch (error) {
      if (!(error instanceof WheelsUnavailable)) throw error;
      builds.unavailable.push({ name, reason: error });
    }
  }
  await mkdir(options.outDir, { recursive: true });
  await writeIndex(options.outDir, options.lock);
  return builds;
}

async function buildEnvironment(
  name: string,
  javascript: BuiltEngine,
  { outDir, definitions, lock, wheels, log: tell = () => undefined, updateLock: accept }: BuildOptions,
): Promise<BuiltEnvironment> {
  const definition = await readDefinition(name, definitions);
  const log = (line: string) => tell(`${name}: ${line}`);
  const python = await buildPythonEngine(definition, { log, wheels });
  const manifest: EnvironmentManifest = {
    schema_version: SCHEMA_VERSION,
    name,
    summary: definition.summary,
    cost_model: COST_MODEL_VERSION,
    gate_policy: GATE_POLICY_VERSION,
    engines: { python: describeEngine(python), javascript: describeEngine(javascript) },
    packages: definition.wheels.map(({ name: of, version, licence, modules }) => ({
      name: of,
      version,
      licence,
      modules: [...modules],
    })),
  };
  const env_version = `${name}@${jsonDigest(manifest)}`;
  if (accept) {
    await updateLock(name, { env_version, manifest }, lock);
    log(`the lock has ${env_version}`);
  } else await checkLock(name, { env_version, manifest }, lock);
  const folder = path.join(outDir, folderName(env_version));
  log('compressing');
  await storeEnvironment(folder, manifest, [...Object.values(python.files), ...Object.values(javascript.files)]);
  return { name, env_version, folder };
}

/** Names the environments of the lock that are here, from this build or an earlier one. @returns these names */
export async function writeIndex(outDir: string, lock?: string): Promise<string[]> {
  const here = await readdir(outDir);
  const locked = Object.entries(await readLock(lock)).map(([name, { env_version }]) => [name, env_version] as const);
  const index = Object.fromEntries(locked.filter(([, version]) => here.includes(folderName(version))));
  await writeFile(path.join(outDir, 'index.json'), `${JSON.stringify(index, null, 2)}\n`);
  return Object.keys(index);
}

function folderName(envVersion: string): string {
  return envVersion.slice(envVersion.indexOf(':') + 1);
}
