/** A run on disk: `program.json`, `record.json`, `artifacts/<hex>`, `inputs/<hex>`. What `praxis run --out` writes and `praxis replay` reads. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RunResult } from '@praxis/wasm-runtime';
import { UsageError } from './exit-codes.ts';

const hexOf = (digest: string): string => digest.slice(digest.indexOf(':') + 1);

export async function writeRunFolder(
  folder: string,
  result: RunResult,
  inputs: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  await mkdir(path.join(folder, 'artifacts'), { recursive: true });
  await writeFile(path.join(folder, 'program.json'), `${JSON.stringify(result.program, null, 2)}\n`);
  await writeFile(path.join(folder, 'record.json'), `${JSON.stringify(result.record, null, 2)}\n`);
  for (const [digest, bytes] of result.blobs) await writeFile(path.join(folder, 'artifacts', hexOf(digest)), bytes);
  if (inputs.size === 0) return;
  await mkdir(path.join(folder, 'inputs'), { recursive: true });
  for (const [digest, bytes] of inputs) await writeFile(path.join(folder, 'inputs', hexOf(digest)), bytes);
}

/** Both files as JSON, whatever they hold. @throws UsageError when a file is not there; SyntaxError is left to the caller */
export async function readRunFolder(folder: string): Promise<{ program: string; record: string }> {
  const read = async (name: string) => {
    try {
      return await readFile(path.join(folder, name), 'utf8');
    } catch (error) {
      throw new UsageError(
        `cannot read ${path.join(folder, name)}: ${error instanceof Error ? error.message : 'unknown error'}`,
      );
    }
  };
  return { program: await read('program.json'), record: await read('record.json') };
}

/** Bytes of an input by digest. */
export function folderInputs(folder: string): (digest: string) => Promise<Uint8Array> {
  return (digest) => readFile(path.join(folder, 'inputs', hexOf(digest)));
}

/** The first blob that a record names and that the folder lacks or has with other bytes. */
export async function firstWrongBlob(folder: string, digests: Iterable<string>): Promise<string | null> {
  for (const digest of digests) {
    const bytes = await readFile(path.join(folder, 'artifacts', hexOf(digest))).catch(() => null);
    if (!bytes || `sha256:${createHash('sha256').update(bytes).digest('hex')}` !== digest) return digest;
  }
  return null;
}
