/**
 * The environments that this server offers: folders named by the digest of their manifest. The files come from our own build, yet a
 * manifest is believed only when its bytes have the digest that the folder claims.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { offeredOf, type EnvironmentManifest, type Offered } from '../runtime.ts';

export interface Environment {
  env_version: string;
  manifest: EnvironmentManifest;
}

export interface EnvironmentCatalogue {
  /** Folder with one sub-folder for each environment, for serving its files. */
  readonly directory: string;
  list(): Promise<Environment[]>;
  find(envVersion: string): Promise<Environment | null>;
  /** The environment of this name that new programs use. */
  current(name: string): Promise<Environment | null>;
  /** The current environments, from which programs that name none get one. */
  offered(): Promise<Offered[]>;
}

const FOLDER = /^[0-9a-f]{64}$/;
const MANIFEST_FILE = 'manifest.json';
/** Names the current `env_version` of each environment; the build writes it. */
const INDEX_FILE = 'index.json';

/** Environments below `directory`; a folder whose manifest is missing or does not have its digest is not offered. */
export function environmentsIn(directory: string): EnvironmentCatalogue {
  // A manifest never changes, so what was read once stays true while its folder is there.
  const known = new Map<string, Environment>();

  async function open(hex: string): Promise<Environment | null> {
    const found = known.get(hex);
    if (found !== undefined) return found;
    const path = join(directory, hex, MANIFEST_FILE);
    const bytes = await readFile(path).catch(() => null);
    if (bytes === null || createHash('sha256').update(bytes).digest('hex') !== hex) return null;
    // Safe: the digest says that these are the bytes that our build wrote.
    const manifest = JSON.parse(bytes.toString('utf8')) as EnvironmentManifest;
    const environment = { env_version: `${manifest.name}@sha256:${hex}`, manifest };
    known.set(hex, environment);
    return environment;
  }

  async function list(): Promise<Environment[]> {
    const names = await readdir(directory).catch((): string[] => []);
    const opened = await Promise.all(names.filter((name) => FOLDER.test(name)).map(open));
    return opened
      .filter((environment) => environment !== null)
      .toSorted((a, b) => (a.env_version < b.env_version ? -1 : 1));
  }

  async function find(envVersion: string): Promise<Environment | null> {
    const hex = envVersion.slice(envVersion.indexOf(':') + 1);
    const environment = FOLDER.test(hex) ? await open(hex) : null;
    return environment?.env_version === envVersion ? environment : null;
  }

  async function index(): Promise<Record<string, string>> {
    const text = await readFile(join(directory, INDEX_FILE), 'utf8').catch(() => '{}');
    // Safe: our own build wrote it; what it names is checked by digest.
    return JSON.parse(text) as Record<string, string>;
  }

  async function current(name: string): Promise<Environment | null> {
    const versions = await index();
    const envVersion = Object.hasOwn(versions, name) ? versions[name] : undefined;
    return envVersion === undefined ? null : find(envVersion);
  }

  async function offered(): Promise<Offered[]> {
    const found = await Promise.all(Object.values(await index()).map(find));
    return found.flatMap((environment) =>
      environment === null ? [] : [offeredOf(environment.env_version, environment.manifest)],
    );
  }

  return { directory, list, find, current, offered };
}
