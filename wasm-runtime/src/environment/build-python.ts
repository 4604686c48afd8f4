/** Builds the Python engine's files of an environment: meter, boot, snapshot. Node only. */
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { runInThisContext } from 'node:vm';
import { glueScript, GLUE_TABLE, type GlueFunction } from '../engines/glue.ts';
import { withoutData } from '../engines/module-bytes.ts';
import { bootPython, type SnapshotParts } from '../engines/python/build.ts';
import { compileModules, type CompiledModule } from '../engines/python/compile.ts';
import { trimExports } from '../engines/python/exports.ts';
import { GUEST_LIBRARY, MAX_MEMORY_PAGES } from '../engines/python/instance.ts';
import { interpreterOf } from '../engines/python/interpreters.ts';
import type { LibraryModules } from '../engines/python/libraries.ts';
import { compileLibraries, libraryModules, packLibraries, type LibraryFile } from '../engines/python/library-pack.ts';
import type { GivenFiles } from '../hosts/protocol.ts';
import { meterLibrary, meterModule } from '../meter/index.ts';
import { builtFile, type BuiltEngine } from './built-files.ts';
import type { EnvironmentDefinition } from './definition.ts';
import { packImage, type ImageFile } from './image.ts';
import { readPackages, withMade } from './packages.ts';
import { filesRead } from './samples.ts';
import { PACKAGE_ROOT } from './package-root.ts';
import { readZip, storedZip, type ZipMember } from './zip.ts';

const resolve = createRequire(import.meta.url).resolve;

/** Python's buffered files read so much at once, past what is asked for: `io.DEFAULT_BUFFER_SIZE`. */
const READ_AHEAD_BYTES = 131_072;

/** `zipimport` looks for a directory's end in so many of the last bytes: end, ZIP64's two records, and the longest comment. */
const ARCHIVE_END_BYTES = 22 + 20 + 56 + 65_535;

export interface BuildPythonOptions {
  log: (line: string) => void;
  /** Where wheels are looked for first. */
  wheels?: string | undefined;
}

export async function buildPythonEngine(
  definition: EnvironmentDefinition,
  { log, wheels }: BuildPythonOptions,
): Promise<BuiltEngine> {
  const { folder, source } = await findInterpreter(definition);
  const published = new Uint8Array(await readFile(path.join(folder, 'pyodide.asm.wasm')));
  const original = await WebAssembly.compile(published);
  const interpreter = interpreterOf(original);
  const packages = await readPackages(definition, interpreter, { log, wheels });
  log(`metering ${source}${packages.libraries.length > 0 ? ` and ${packages.libraries.length} libraries` : ''}`);
  const glueSource = await readFile(path.join(folder, interpreter.glueFile), 'utf8');
  const trimmed = trimExports(published, original, glueSource, await importsOf(packages.libraries));
  const meterOptions = { memoryMaximumPages: MAX_MEMORY_PAGES, maxDepth: interpreter.maxDepth };
  const module = meterModule(trimmed, meterOptions);
  const hasPackages = definition.wheels.length > 0;
  // The longest work of the build: begun first. A boot makes no snapshot where there are packages, so that data are in the snapshot alone.
  const moduleFile = builtFile('python.wasm', hasPackages ? withoutData(module) : module, 'first');
  // A copy in a plain buffer, as the compiler asks for.
  const compiled = await WebAssembly.compile(new Uint8Array(module));
  const provided = namesOf(original);
  const libraries = packages.libraries.map(({ path: at, bytes }) => ({
    path: at,
    bytes: meterLibrary(bytes, { provides: (name) => provided.has(name) }),
  }));
  const glue = glueScript('python', glueSource);
  const sources = readZip(await readFile(path.join(folder, 'python_stdlib.zip')));
  const guest = await guestFiles();
  const parts: SnapshotParts = {
    glue: loadGlue('python', glue),
    module: compiled,
    files: [{ path: interpreter.libraryArchive, bytes: storedZip(sources).archive }, ...guest, ...packages.files],
    ...(libraries.length > 0 ? { libraries: await compiledModules(libraries) } : {}),
    imports: definition.imports,
    variables: definition.variables,
  };
  log('compiling what boots and programs import');
  const script = await readFile(path.join(PACKAGE_ROOT, 'src/engines/python/compile_boot.py'));
  const chosen = { samples: definition.samples, likely: definition.likely };
  const { boot, samples, likely, openedByBoot, made } = await compileModules({ ...parts, ...chosen, script });
  // Whoever has the snapshot reads no more of what its boot read; without packages, readers may boot themselves.
  const [early, others] = hasPackages ? [samples, [...boot, ...likely]] : [[...boot, ...samples], likely];
  const prefix = `${interpreter.libraryArchive}/`;
  const inArchive = ({ source: from }: CompiledModule) => from.startsWith(prefix);
  const members = (modules: readonly CompiledModule[]): ZipMember[] =>
    modules.filter(inArchive).map(({ source: from, bytes }) => ({ name: `${from.slice(prefix.length)}c`, bytes }));
  const beside = [...early, ...others].filter((each) => !inArchive(each));
  const opened = libraries.filter((library) => openedByBoot.has(library.path));
  // The others are files that come late, as any that no boot reads.
  const unopened = new Map(libraries.filter((library) => !opened.includes(library)).map((each) => [each.path, each]));
  const files = withMade(packages.files, made).map((file) => unopened.get(file.path) ?? file);
  const all: ImageFile[] = [
    libraryArchive(interpreter.libraryArchive, members(early), [...members(others), ...sources]),
    ...guest,
    ...beside.map(({ cache, bytes }) => ({ path: cache, bytes })),
    ...files,
  ];
  log('booting and taking the snapshot');
  const { snapshot, language_version } = await bootPython({ ...parts, files: all.map(withoutLate) });
  const pack = packLibraries(opened.map(({ path: at, bytes }) => ({ path: at, bytes: withoutData(bytes) })));
  const starting = { module: compiled, snapshot, libraries: pack };
  const { image, late } = packImage(hasPackages ? await split(all, definition, starting) : all);
  return {
    source,
    language_version,
    files: {
      ...(hasPackages ? {} : { glue: builtFile('python.glue.js', new TextEncoder().encode(glue), 'early') }),
      module: moduleFile,
      snapshot: builtFile('python.snapshot', snapshot, hasPackages ? 'early' : 'rare'),
      image: builtFile('python.image', image, 'early'),
      ...(opened.length > 0 ? { libraries: builtFile('python.libraries', pack, 'early') } : {}),
      late: builtFile('python.late', late, 'early'),
    },
  };
}

function withoutLate({ path: at, bytes }: ImageFile): ImageFile {
  return { path: at, bytes };
}

/**
 * Nobody who has the snapshot reads again what its boot read. What programs read first is what the samples of the definition read;
 * everything else can follow.
 */
async function split(
  files: readonly ImageFile[],
  definition: EnvironmentDefinition,
  starting: Omit<GivenFiles, 'image'>,
): Promise<ImageFile[]> {
  const read = await filesRead({ ...starting, image: packImage(files.map(withoutLate)).image }, definition.samples);
  return files.map((file) => {
    const rest = { start: 0, end: file.bytes.length };
    return read.has(file.path) ? file : { ...withoutLate(file), late: rest };
  });
}

/** @throws Error when the installed package is not the one of the definition */
async function findInterpreter({
  name,
  interpreter,
}: EnvironmentDefinition): Promise<{ folder: string; source: string }> {
  const folder = path.dirname(resolve(`${interpreter.package}/package.json`));
  const { version } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as { version: string };
  if (version !== interpreter.version) {
    throw new Error(
      `the environment ${name} is for ${interpreter.package} ${interpreter.version}, but ${version} is installed; run \`npm ci\``,
    );
  }
  return { folder, source: `pyodide ${version}` };
}

async function compiledModules(libraries: readonly LibraryFile[]): Promise<LibraryModules> {
  return libraryModules(await compileLibraries(packLibraries(libraries)));
}

async function importsOf(libraries: readonly LibraryFile[]): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const { bytes } of libraries) {
    const module = await WebAssembly.compile(new Uint8Array(bytes));
    for (const { name } of WebAssembly.Module.imports(module)) names.add(name);
  }
  return names;
}

function namesOf(module: WebAssembly.Module): ReadonlySet<string> {
  return new Set(
    [...WebAssembly.Module.exports(module), ...WebAssembly.Module.imports(module)].map(({ name }) => name),
  );
}

/** What is read first comes first, then everything else, which is late. At the end is the directory, which is read before anything. */
function libraryArchive(at: string, early: readonly ZipMember[], others: readonly ZipMember[]): ImageFile {
  const { archive, offsets, directory } = storedZip([...early, ...others]);
  const end = Math.min(directory, archive.length - ARCHIVE_END_BYTES);
  const start = Math.min(end, (offsets[early.length] ?? end) + READ_AHEAD_BYTES);
  return { path: at, bytes: archive, late: { start, end } };
}

/** Our own Python modules. */
async function guestFiles(): Promise<ImageFile[]> {
  const folder = path.join(PACKAGE_ROOT, 'src/engines/python/guest');
  const found = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.py')).sort();
  return Promise.all(
    found.map(async (name) => ({
      path: `${GUEST_LIBRARY}/${name.replaceAll(path.sep, '/')}`,
      bytes: await readFile(path.join(folder, name)),
    })),
  );
}

function loadGlue(engine: string, script: string): GlueFunction {
  runInThisContext(script, { filename: `${engine}.glue.js` });
  const scope = globalThis as Record<string, unknown>;
  // Glue scripts put their function there.
  const table = scope[GLUE_TABLE] as Record<string, GlueFunction> | undefined;
  delete scope[GLUE_TABLE];
  const glue = table?.[engine];
  if (!glue) throw new Error(`the glue of ${engine} did not register itself`);
  return glue;
}
