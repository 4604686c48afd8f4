/** Builds environments from npm packages: meter, boot, snapshot, manifest. Node only. The same bytes on every machine. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { runInThisContext } from 'node:vm';
import { brotliCompress, constants } from 'node:zlib';
import { glueScript, GLUE_TABLE, type GlueFunction } from '../engines/glue.ts';
import { ALL_GUEST_FILES, type GuestFile } from '../engines/javascript/boot.ts';
import { buildJavaScript } from '../engines/javascript/build.ts';
import { bootPython } from '../engines/python/build.ts';
import { compileBoot } from '../engines/python/compile.ts';
import { trimExports } from '../engines/python/exports.ts';
import { GUEST_LIBRARY, PYTHON_MAX_DEPTH } from '../engines/python/instance.ts';
import { GATE_POLICY_VERSION } from '../gate/policy.ts';
import { COST_MODEL_VERSION, meterModule } from '../meter/index.ts';
import { canonicalJson, jsonDigest } from '../run/digest.ts';
import { SCHEMA_VERSION } from '../run/program.ts';
import { PACKAGE_ROOT } from './package-root.ts';
import { packImage, unpackImage, type ImageFile } from './image.ts';
import type { EnvironmentFile, EnvironmentManifest } from './manifest.ts';
import { readZip, storedZip, type ZipMember } from './zip.ts';

const resolve = createRequire(import.meta.url).resolve;
/** 2 GiB: the most that `limits.memory_mb` may ask for. What a run gets is the gate's business. */
const MEMORY_MAXIMUM_PAGES = 32_768;
/**
 * By what a file's bytes are worth: everybody's first visit waits for the module, of which level 10 leaves 11 % less than 6 does, in
 * twenty times the time; hardly anybody downloads a snapshot.
 */
const QUALITY = { first: 10, early: 9, rare: 5 } as const;

/** Where CPython looks for its standard library. */
const LIBRARY_ARCHIVE = '/lib/python314.zip';

/** Python's buffered files read so much at once, past what is asked for: `io.DEFAULT_BUFFER_SIZE`. */
const READ_AHEAD_BYTES = 131_072;

/** `zipimport` looks for a directory's end in so many of the last bytes: end, ZIP64's two records, and the longest comment. */
const ARCHIVE_END_BYTES = 22 + 20 + 56 + 65_535;

/** What there is to build. */
export const ENVIRONMENT_NAMES: readonly string[] = ['python'];

/** The committed digests: what a build must give. */
export const LOCK_FILE = path.join(PACKAGE_ROOT, 'environments.lock.json');

export interface BuildOptions {
  /** Folder of environments: each gets a folder named by its hex digest, and `index.json` names the current ones. */
  outDir: string;
  log?: (line: string) => void;
  /** Accept other digests and write them to the lock. */
  updateLock?: boolean;
}

export interface BuiltEnvironment {
  name: string;
  env_version: string;
  folder: string;
}

/** The digests of a build differ from the committed lock. */
export class LockMismatch extends Error {
  override readonly name = 'LockMismatch';
}

interface BuiltFile {
  file: string;
  bytes: Uint8Array;
  /** On a thread of its own since the file was made. */
  compressed: Promise<Uint8Array>;
}

function builtFile(file: string, bytes: Uint8Array, worth: keyof typeof QUALITY): BuiltFile {
  const params = { [constants.BROTLI_PARAM_QUALITY]: QUALITY[worth], [constants.BROTLI_PARAM_LGWIN]: 24 };
  return { file, bytes, compressed: promisify(brotliCompress)(bytes, { params }) };
}

interface BuiltEngine {
  source: string;
  language_version: string;
  files: Record<'module' | 'snapshot', BuiltFile> & Partial<Record<'glue' | 'image' | 'late', BuiltFile>>;
}

/** Builds every environment there is: `python`, which has CPython with its standard library, and QuickJS. */
export async function buildEnvironments(options: BuildOptions): Promise<BuiltEnvironment[]> {
  const log = options.log ?? (() => undefined);
  const python = await buildPythonEngine(log);
  const javascript = await buildJavaScriptEngine(log);
  const manifest: EnvironmentManifest = {
    schema_version: SCHEMA_VERSION,
    name: 'python',
    cost_model: COST_MODEL_VERSION,
    gate_policy: GATE_POLICY_VERSION,
    engines: { python: describe(python), javascript: describe(javascript) },
    packages: [],
  };
  const env_version = `python@${jsonDigest(manifest)}`;
  await checkLock({ name: 'python', env_version, manifest }, options);
  const files = [...Object.values(python.files), ...Object.values(javascript.files)];
  const folder = path.join(options.outDir, env_version.slice(env_version.indexOf(':') + 1));
  await store(folder, manifest, files, log);
  const built = [{ name: 'python', env_version, folder }];
  const index = Object.fromEntries(built.map((environment) => [environment.name, environment.env_version]));
  await writeFile(path.join(options.outDir, 'index.json'), `${JSON.stringify(index, null, 2)}\n`);
  return built;
}

async function buildPythonEngine(log: (line: string) => void): Promise<BuiltEngine> {
  const folder = path.dirname(resolve('pyodide/package.json'));
  const { version } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as { version: string };
  log(`python: metering pyodide ${version}`);
  const published = new Uint8Array(await readFile(path.join(folder, 'pyodide.asm.wasm')));
  const glueSource = await readFile(path.join(folder, 'pyodide.asm.mjs'), 'utf8');
  const original = trimExports(published, await WebAssembly.compile(published), glueSource);
  const module = meterModule(original, { memoryMaximumPages: MEMORY_MAXIMUM_PAGES, maxDepth: PYTHON_MAX_DEPTH });
  // The longest work of the build: begun first.
  const moduleFile = builtFile('python.wasm', module, 'first');
  const glue = glueScript('python', glueSource);
  const opened = loadGlue('python', glue);
  // A copy in a plain buffer, as the compiler asks for.
  const compiled = await WebAssembly.compile(new Uint8Array(module));
  log('python: compiling what a boot imports');
  const sources = readZip(await readFile(path.join(folder, 'python_stdlib.zip')));
  const guest = await guestFiles();
  const script = await readFile(path.join(PACKAGE_ROOT, 'src/engines/python/compile_boot.py'));
  const archive = { path: LIBRARY_ARCHIVE, bytes: storedZip(sources).archive };
  const code = await compileBoot({ glue: opened, module: compiled, files: [archive, ...guest], script });
  const inArchive = code.filter(({ source }) => source.startsWith(`${LIBRARY_ARCHIVE}/`));
  const beside = code.filter((module) => !inArchive.includes(module));
  const { image, late } = packImage([
    libraryArchive(
      sources,
      inArchive.map(({ source, bytes }) => ({ name: `${source.slice(LIBRARY_ARCHIVE.length + 1)}c`, bytes })),
    ),
    ...guest,
    ...beside.map(({ cache, bytes }) => ({ path: cache, bytes })),
  ]);
  log('python: booting and taking the snapshot');
  const { snapshot, language_version } = await bootPython(opened, compiled, unpackImage(image));
  return {
    source: `pyodide ${version}`,
    language_version,
    files: {
      glue: builtFile('python.glue.js', new TextEncoder().encode(glue), 'early'),
      module: moduleFile,
      snapshot: builtFile('python.snapshot', snapshot, 'rare'),
      image: builtFile('python.image', image, 'early'),
      late: builtFile('python.late', late, 'early'),
    },
  };
}

/** What a boot reads comes first, then everything else, which is late. At the end is the directory, which a boot reads, too. */
function libraryArchive(sources: readonly ZipMember[], code: readonly ZipMember[]): ImageFile {
  const { archive, offsets, directory } = storedZip([...code, ...sources]);
  const end = Math.min(directory, archive.length - ARCHIVE_END_BYTES);
  const start = Math.min(end, (offsets[code.length] ?? end) + READ_AHEAD_BYTES);
  return { path: LIBRARY_ARCHIVE, bytes: archive, late: { start, end } };
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

async function buildJavaScriptEngine(log: (line: string) => void): Promise<BuiltEngine> {
  const variant = createRequire(resolve('quickjs-emscripten')).resolve(
    '@jitl/quickjs-wasmfile-release-sync/package.json',
  );
  const folder = path.dirname(variant);
  const { version } = JSON.parse(await readFile(variant, 'utf8')) as { version: string };
  log(`javascript: metering and booting quickjs ${version}`);
  const read = (file: string) => readFile(path.join(folder, 'dist', file));
  const guestFolder = path.join(PACKAGE_ROOT, 'src/engines/javascript/guest');
  const texts = await Promise.all(
    ALL_GUEST_FILES.map(async (file) => [file, await readFile(path.join(guestFolder, file), 'utf8')] as const),
  );
  const { module, snapshot, language_version } = await buildJavaScript({
    wasm: await read('emscripten-module.wasm'),
    glueSource: (await read('emscripten-module.browser.mjs')).toString('utf8'),
    // One entry for each name of the list.
    guest: Object.fromEntries(texts) as Record<GuestFile, string>,
  });
  return {
    source: `quickjs ${version}`,
    language_version,
    files: {
      module: builtFile('javascript.wasm', module, 'early'),
      snapshot: builtFile('javascript.snapshot', snapshot, 'early'),
    },
  };
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

function describe({ source, language_version, files }: BuiltEngine): EnvironmentManifest['engines']['python'] {
  const { glue, module, snapshot, image, late } = files;
  return {
    source,
    language_version,
    files: {
      ...(glue ? { glue: entry(glue) } : {}),
      module: entry(module),
      snapshot: entry(snapshot),
      ...(image ? { image: entry(image) } : {}),
      ...(late ? { late: entry(late) } : {}),
    },
  };
}

function entry({ file, bytes }: BuiltFile): EnvironmentFile {
  return { file, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, size_bytes: bytes.length };
}

type Lock = Record<string, { env_version: string; manifest: EnvironmentManifest }>;

async function checkLock(
  built: { name: string; env_version: string; manifest: EnvironmentManifest },
  options: BuildOptions,
): Promise<void> {
  const lock = await readLock();
  const locked = lock[built.name];
  if (locked?.env_version === built.env_version) return;
  if (options.updateLock) {
    const next: Lock = { ...lock, [built.name]: { env_version: built.env_version, manifest: built.manifest } };
    await writeFile(LOCK_FILE, `${JSON.stringify(next, null, 2)}\n`);
    options.log?.(`${built.name}: the lock is now ${built.env_version}`);
    return;
  }
  throw new LockMismatch(
    `the environment ${built.name} came out as ${built.env_version}, but the lock has ${locked?.env_version ?? 'none'}. ` +
      `${locked ? `Different: ${differences(locked.manifest, built.manifest).join(', ')}. ` : ''}` +
      'If the change is meant, run `npx praxis env build python --update-lock` and commit the lock.',
  );
}

async function readLock(): Promise<Lock> {
  try {
    // Our own file, written above.
    return JSON.parse(await readFile(LOCK_FILE, 'utf8')) as Lock;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
}

function differences(locked: EnvironmentManifest, built: EnvironmentManifest): string[] {
  const found: string[] = [];
  if (locked.cost_model !== built.cost_model) found.push('cost model');
  if (locked.gate_policy !== built.gate_policy) found.push('gate policy');
  for (const engine of ['python', 'javascript'] as const) {
    for (const role of ['glue', 'module', 'snapshot', 'image', 'late'] as const) {
      const [before, after] = [locked.engines[engine].files[role], built.engines[engine].files[role]];
      if (before?.digest !== after?.digest) found.push(`${engine} ${role}`);
    }
  }
  return found;
}

/** Written aside and moved into place, so that a folder that exists is complete. */
async function store(
  folder: string,
  manifest: EnvironmentManifest,
  files: BuiltFile[],
  log: (line: string) => void,
): Promise<void> {
  await mkdir(path.dirname(folder), { recursive: true });
  const temporary = await mkdtemp(`${folder}.`);
  log('compressing');
  await Promise.all(
    files.map(async ({ file, bytes, compressed }) => {
      await writeFile(path.join(temporary, file), bytes);
      await writeFile(path.join(temporary, `${file}.br`), await compressed);
    }),
  );
  await writeFile(path.join(temporary, 'manifest.json'), canonicalJson(manifest));
  await rm(folder, { recursive: true, force: true });
  await rename(temporary, folder);
}
