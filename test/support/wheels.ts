/** Wheels and definitions made up for tests. */
import { createHash } from 'node:crypto';
import type { EnvironmentDefinition, Wheel } from '../../wasm-runtime/src/environment/definition.ts';
import { storedZip } from '../../wasm-runtime/src/environment/zip.ts';

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** An archive with these members, in this order. */
export function wheelBytes(members: Readonly<Record<string, string>>): Uint8Array {
  return storedZip(Object.entries(members).map(([name, content]) => ({ name, bytes: text(content) }))).archive;
}

/** A wheel of one module, and what a definition says of it. */
export function madeUpWheel(name: string, source: Wheel['source'] = 'pyodide'): { wheel: Wheel; bytes: Uint8Array } {
  const bytes = wheelBytes({
    [`${name}.py`]: `NAME = '${name}'\n`,
    [`${name}-1.0.dist-info/METADATA`]: `Name: ${name}\n`,
  });
  const file = `${name}-1.0-py3-none-any.whl`;
  return {
    wheel: { name, version: '1.0', file, sha256: digestOf(bytes), licence: 'MIT', source, modules: [name] },
    bytes,
  };
}

export function madeUpDefinition(wheels: readonly Wheel[]): EnvironmentDefinition {
  return {
    name: 'made-up',
    summary: 'For tests.',
    interpreter: { package: 'pyodide', version: '1.2.3' },
    wheels,
    imports: [],
    likely: [],
    variables: {},
    exclude: [],
    samples: [],
  };
}

/** Numbers of an archive's directory that a test changes: offsets within the entry of a member. */
export const ENTRY = { madeBy: 5, flags: 8, method: 10, packed: 20, size: 24, mode: 40, local: 42 } as const;

/** Where in an archive the directory's entry of a member begins. */
export function entryOf(archive: Uint8Array, name: string): number {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  let at = view.getUint32(archive.length - 6, true);
  for (let left = view.getUint16(archive.length - 12, true); left > 0; left--) {
    const length = view.getUint16(at + 28, true);
    if (new TextDecoder().decode(archive.subarray(at + 46, at + 46 + length)) === name) return at;
    at += 46 + length;
  }
  throw new Error(`there is no ${name} in the archive`);
}
