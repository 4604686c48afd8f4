/**
 * The JavaScript libraries of environments: what a definition names, out of installed packages of npm. What is packed are upstream's own
 * files, those that importing a library loads, and the texts of its licence; the definition has the digest of them. Node only.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { restoreJavaScript } from '../engines/javascript/engine.ts';
import {
  MODULE_FILE,
  packJavaScriptLibraries,
  type LibraryName,
  type LibraryPackage,
} from '../engines/javascript/libraries.ts';
import { GuestTrap } from '../gate/trap.ts';
import type { GivenFiles } from '../hosts/protocol.ts';
import { Collector } from '../run/collector.ts';
import { DEFAULT_LIMITS } from '../run/program.ts';
import { Check, Errors, type Static, Type } from '../run/schema.ts';
import { DEFINITIONS, DefinitionError } from './definition.ts';
import { BUILD_BEGIN } from './samples.ts';

const FOLDER = path.join(DEFINITIONS, 'javascript');
const FILE = 'javascript/libraries.json';
const LICENCE_FILE = /^(licen[cs]e|notice|copying)(\.(md|txt))?$/i;

/** Of importing one library: arquero, which is by far the longest way, takes 0.4 G. */
const IMPORT_FUEL = 2_000_000_000n;

const closed = { additionalProperties: false } as const;
const ModulePath = Type.String({
  pattern: '^([A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*\\.m?js$',
  maxLength: 200,
});

const Library = Type.Object(
  {
    /** As npm and programs call it. */
    name: Type.String({ pattern: '^(@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*$', maxLength: 100 }),
    version: Type.String({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$', maxLength: 32 }),
    /** SPDX expression, as the package has it. */
    licence: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9.+ ()-]*$', maxLength: 200 }),
    /** Of what `sha256sum` says of the packed files, sorted by path. */
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    /** The module that importing it gives. */
    module: ModulePath,
    /** Modules that need what no sandbox has: in their place lie ours, of the same path below `environments/javascript/NAME`. */
    replaced: Type.Optional(Type.Array(ModulePath, { minItems: 1, maxItems: 20 })),
    /** False: it is there for other libraries, and programs cannot import it. */
    is_public: Type.Optional(Type.Boolean()),
  },
  closed,
);
export type Library = Static<typeof Library>;

const LibrariesFile = Type.Object({ libraries: Type.Array(Library, { maxItems: 200 }) }, closed);

/** @throws DefinitionError for what is no definition */
export async function readLibraries(folder = FOLDER): Promise<Library[]> {
  const text = await readFile(path.join(folder, path.basename(FILE)), 'utf8');
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new DefinitionError(FILE, '', 'it is no JSON', { cause: error });
  }
  if (!Check(LibrariesFile, content)) {
    const [first] = Errors(LibrariesFile, content);
    throw new DefinitionError(FILE, first?.instancePath ?? '', first?.message ?? 'it is no definition');
  }
  const seen = new Set<string>();
  for (const { name } of content.libraries) {
    if (seen.has(name)) throw new DefinitionError(FILE, name, 'it is there twice; remove one of them');
    seen.add(name);
  }
  return content.libraries;
}

/** What the snapshot says of them. */
export function libraryNames(libraries: readonly Library[]): LibraryName[] {
  return libraries.map(({ name, module, is_public = true }) => ({ name, module, is_public }));
}

export interface LibraryPlaces {
  /** Where a package is installed. */
  folderOf: (name: string) => string;
  /** Folder of what takes the place of upstream's modules. */
  ours: string;
}

/**
 * @param engine the JavaScript engine that programs will import in, with the names of these libraries in its snapshot
 * @throws DefinitionError for a package that is another one, or cannot be imported
 */
export async function packLibraries(
  libraries: readonly Library[],
  engine: Pick<GivenFiles, 'module' | 'snapshot'>,
  { folderOf, ours }: LibraryPlaces = { folderOf: installedFolder, ours: FOLDER },
): Promise<Uint8Array> {
  const installed = await Promise.all(
    libraries.map((library) => readPackage(library, folderOf(library.name), path.join(ours, library.name))),
  );
  const loaded = await modulesLoaded(engine, installed, libraries);
  const packed = installed.map(({ name, files }) => ({
    name,
    files: files.filter(({ path: at }) => !MODULE_FILE.test(at) || loaded.has(`${name}/${at}`)),
  }));
  for (const { name, version, sha256 } of libraries) {
    const digest = filesDigest(packed.find((each) => each.name === name)?.files ?? []);
    if (digest === sha256) continue;
    const reason = `the files of ${name} ${version} have the digest ${digest}, while the definition has ${sha256}`;
    throw new DefinitionError(FILE, name, reason);
  }
  return packJavaScriptLibraries(packed);
}

/** The same as `sha256sum FILE … | sha256sum` in the package's folder, with the files sorted by path. */
function filesDigest(files: LibraryPackage['files']): string {
  const whole = createHash('sha256');
  for (const { path: at, bytes } of files) whole.update(`${createHash('sha256').update(bytes).digest('hex')}  ${at}\n`);
  return whole.digest('hex');
}

/** Where npm has put it. What its package.json exports is of no interest: the definition names the module. */
function installedFolder(name: string): string {
  const require = createRequire(import.meta.url);
  const places = (require.resolve.paths(name) ?? []).map((place) => path.join(place, name));
  const found = places.find((place) => {
    try {
      return require.resolve(path.join(place, 'package.json'));
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new DefinitionError(FILE, name, 'it is not installed; run `npm ci`');
  return found;
}

/** Its modules and the texts of its licence, by path. */
async function readPackage(library: Library, folder: string, ours: string): Promise<LibraryPackage> {
  const { name, version, licence, replaced = [] } = library;
  const refuse = (reason: string): never => {
    throw new DefinitionError(FILE, name, reason);
  };
  const manifest = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
  if (manifest['version'] !== version)
    refuse(`expected version ${version}, but ${String(manifest['version'])} is installed; run \`npm ci\``);
  if (manifest['license'] !== licence)
    refuse(`expected the licence ${licence}, but the package has ${String(manifest['license'])}`);
  const all = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .filter((at) => !at.startsWith('node_modules/') && (MODULE_FILE.test(at) || LICENCE_FILE.test(at)))
    .sort();
  if (!all.some((at) => LICENCE_FILE.test(at))) refuse('it has no text of its licence');
  const unknown = replaced.find((at) => !all.includes(at));
  if (unknown !== undefined) refuse(`there is no ${unknown} to be replaced`);
  const files = all.map(async (at) => {
    const bytes = await readFile(path.join(replaced.includes(at) ? ours : folder, at));
    if (bytes.includes(0) && MODULE_FILE.test(at)) refuse(`${at} has a NUL character`);
    return { path: at, bytes };
  });
  return { name, files: await Promise.all(files) };
}

/** Imports each library in a sandbox as a program does. @returns the names of all modules that this loads */
async function modulesLoaded(
  { module, snapshot }: Pick<GivenFiles, 'module' | 'snapshot'>,
  installed: readonly LibraryPackage[],
  libraries: readonly Library[],
): Promise<ReadonlySet<string>> {
  const loaded = new Set<string>();
  for (const { name, is_public: isPublic = true } of libraries) {
    if (!isPublic) continue;
    const engine = await restoreJavaScript({ module, snapshot }, (at) => loaded.add(at));
    engine.completeFiles(packJavaScriptLibraries(installed));
    engine.begin(BUILD_BEGIN, new Collector(DEFAULT_LIMITS));
    const refuse = (why: string) => new DefinitionError(FILE, name, `it cannot be imported: ${why.trim()}`);
    const run = () =>
      engine.run({
        step: {
          object_id: 'import',
          language: 'javascript',
          source: `import ${JSON.stringify(name)}`,
          parameters: {},
          events: [],
        },
        fuel: IMPORT_FUEL,
        interactive: false,
        filename: 'import',
        isInterrupted: () => false,
        onInterrupt: () => undefined,
      });
    try {
      const { error } = run();
      if (error) throw refuse(error.traceback);
    } catch (error) {
      throw error instanceof GuestTrap ? refuse(error.message) : error;
    }
  }
  return loaded;
}
