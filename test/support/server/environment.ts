/** A folder with environments whose manifests are real and whose files are small. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { canonicalJson, type EnvironmentManifest } from '@praxis/wasm-runtime';

export const FILE_TEXT = 'the bytes of an engine, over and over '.repeat(100);

const digestOf = (bytes: string): string => createHash('sha256').update(bytes).digest('hex');

/** Writes one beside those that are there, and returns its `env_version`. @param modules a package each */
export function writeEnvironment(directory: string, name = 'python', modules: readonly string[] = []): string {
  const file = (as: string) => ({
    file: as,
    digest: `sha256:${digestOf(FILE_TEXT)}`,
    size_bytes: FILE_TEXT.length,
  });
  const engine = (language: string) => ({
    source: 'fixture 1.0.0',
    language_version: '1',
    files: {
      module: file(`${language}.wasm`),
      snapshot: file(`${language}.bin`),
      ...(modules.length > 0 ? { libraries: file(`${language}.libraries`) } : {}),
    },
  });
  const manifest: EnvironmentManifest = {
    schema_version: '1.0',
    name,
    summary: 'Python for tests.',
    cost_model: '1',
    gate_policy: '1',
    engines: { python: engine('python'), javascript: engine('javascript') },
    packages: modules.map((module) => ({ name: module, version: '1.0.0', licence: 'MIT', modules: [module] })),
  };
  const text = canonicalJson(manifest);
  const hex = digestOf(text);
  const folder = join(directory, hex);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'manifest.json'), text);
  writeFileSync(join(folder, 'python.wasm'), FILE_TEXT);
  writeFileSync(join(folder, 'python.wasm.br'), brotliCompressSync(FILE_TEXT));
  const envVersion = `${name}@sha256:${hex}`;
  const index = join(directory, 'index.json');
  // Written by this function.
  const before = existsSync(index) ? (JSON.parse(readFileSync(index, 'utf8')) as Record<string, string>) : {};
  writeFileSync(index, JSON.stringify({ ...before, [name]: envVersion }));
  return envVersion;
}
