/** A folder with one environment whose manifest is real and whose files are small. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { canonicalJson, type EnvironmentManifest } from '@praxis/wasm-runtime';

export const FILE_TEXT = 'the bytes of an engine, over and over '.repeat(100);

const digestOf = (bytes: string): string => createHash('sha256').update(bytes).digest('hex');

/** Writes it and returns its `env_version`. */
export function writeEnvironment(directory: string): string {
  const file = (name: string) => ({
    file: name,
    digest: `sha256:${digestOf(FILE_TEXT)}`,
    size_bytes: FILE_TEXT.length,
  });
  const engine = (language: string) => ({
    source: 'fixture 1.0.0',
    language_version: '1',
    files: { module: file(`${language}.wasm`), snapshot: file(`${language}.bin`) },
  });
  const manifest: EnvironmentManifest = {
    schema_version: '1.0',
    name: 'python',
    summary: 'Python for tests.',
    cost_model: '1',
    gate_policy: '1',
    engines: { python: engine('python'), javascript: engine('javascript') },
    packages: [],
  };
  const text = canonicalJson(manifest);
  const hex = digestOf(text);
  const folder = join(directory, hex);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'manifest.json'), text);
  writeFileSync(join(folder, 'python.wasm'), FILE_TEXT);
  writeFileSync(join(folder, 'python.wasm.br'), brotliCompressSync(FILE_TEXT));
  const envVersion = `python@sha256:${hex}`;
  writeFileSync(join(directory, 'index.json'), JSON.stringify({ python: envVersion }));
  return envVersion;
}
