/** Files of an environment as a build makes them: bytes, and the same compressed for whoever downloads them. Node only. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { canonicalJson } from '../run/digest.ts';
import { ENGINE_FILES, type EngineRole, type EnvironmentEngine, type EnvironmentManifest } from './manifest.ts';

/**
 * By what a file's bytes are worth: everybody's first visit waits for the module, of which level 10 leaves 11 % less than 6 does, in
 * twenty times the time; hardly anybody downloads a snapshot that a boot makes.
 */
const QUALITY = { first: 10, early: 9, rare: 5 } as const;

export interface BuiltFile {
  file: string;
  bytes: Uint8Array;
  /** On a thread of its own since the file was made. */
  compressed: Promise<Uint8Array>;
}

export function builtFile(file: string, bytes: Uint8Array, worth: keyof typeof QUALITY): BuiltFile {
  const params = { [constants.BROTLI_PARAM_QUALITY]: QUALITY[worth], [constants.BROTLI_PARAM_LGWIN]: 24 };
  return { file, bytes, compressed: promisify(brotliCompress)(bytes, { params }) };
}

export interface BuiltEngine {
  source: string;
  language_version: string;
  files: Record<'module' | 'snapshot', BuiltFile> & Partial<Record<EngineRole, BuiltFile>>;
  libraries?: NonNullable<EnvironmentEngine['libraries']>;
}

export function describeEngine({ source, language_version, files, libraries }: BuiltEngine): EnvironmentEngine {
  const entries = ENGINE_FILES.flatMap((role) => {
    const built = files[role];
    if (!built) return [];
    const digest = `sha256:${createHash('sha256').update(built.bytes).digest('hex')}`;
    return [[role, { file: built.file, digest, size_bytes: built.bytes.length }] as const];
  });
  // A built engine has the files that every engine has.
  const described = { source, language_version, files: Object.fromEntries(entries) as EnvironmentEngine['files'] };
  return libraries ? { ...described, libraries } : described;
}

/** Written aside and moved into place, so that a folder that exists is complete. */
export async function storeEnvironment(
  folder: string,
  manifest: EnvironmentManifest,
  files: readonly BuiltFile[],
): Promise<void> {
  await mkdir(path.dirname(folder), { recursive: true });
  const temporary = await mkdtemp(`${folder}.`);
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
