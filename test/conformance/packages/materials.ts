/** What both sides are given, the same bytes: the library's test files, and pytest with what it needs. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import {
  readDefinition,
  type EnvironmentDefinition,
  type Wheel,
} from '../../../wasm-runtime/src/environment/definition.ts';
import { wheelPlaces } from '../../../wasm-runtime/src/environment/wheel-cache.ts';
import { obtainWheels } from '../../../wasm-runtime/src/environment/wheels.ts';
import { readZip, storedZip } from '../../../wasm-runtime/src/environment/zip.ts';
import type { TestFile } from './batches.ts';
import type { Suite } from './suites.ts';
import { ENVIRONMENT, TOOLS } from './suites.ts';

export const TEST_SCRIPT = readFileSync(new URL('run_tests.py', import.meta.url), 'utf8');

/** Where both sides have their files. */
export const PLACES = { tests: '/data/tests.zip', tools: '/data/tools.zip', folder: '/job/suite' } as const;

const isTestFile = (name: string): boolean => /\/tests\//.test(name) || /^[^/]+\/conftest\.py$/.test(name);

const isTestModule = (name: string): boolean => /\/tests\/(.*\/)?test_[^/]*\.py$/.test(name);

export interface Materials {
  /** Zip archives, ready for Python to import from or to unpack. */
  tests: Uint8Array;
  tools: Uint8Array;
  /** Modules with tests, by path in `tests`. */
  files: readonly TestFile[];
}

export interface PlacedWheel {
  wheel: Wheel;
  bytes: Uint8Array;
}

/** Wheels with these digests, from the cache or the index. */
async function obtain(wheels: readonly Wheel[]): Promise<Uint8Array[]> {
  const options = { ...wheelPlaces(process.env, homedir()), log: (line: string) => console.log(`  ${line}`) };
  const obtained = await obtainWheels({ ...(await readDefinition(ENVIRONMENT)), name: 'conformance', wheels }, options);
  return obtained.map(({ bytes }) => bytes);
}

/** The wheels of the environment itself, as stock Pyodide loads them. */
export async function stockWheels(environment: EnvironmentDefinition): Promise<PlacedWheel[]> {
  const bytes = await obtain(environment.wheels);
  return environment.wheels.flatMap((wheel, index) => {
    const found = bytes[index];
    return found === undefined ? [] : [{ wheel, bytes: found }];
  });
}

export async function materialsOf(suite: Suite, tools: Uint8Array): Promise<Materials> {
  const [library = new Uint8Array(0)] = await obtain([suite.wheel]);
  const tests = readZip(library, { select: isTestFile }).sort((one, other) => (one.name < other.name ? -1 : 1));
  return {
    tests: storedZip(tests).archive,
    tools,
    files: tests
      .filter(({ name }) => isTestModule(name))
      .map(({ name, bytes }) => ({ name, size_bytes: bytes.length })),
  };
}

export async function toolsArchive(): Promise<Uint8Array> {
  const wheels = await obtain(TOOLS);
  return storedZip(wheels.flatMap((wheel) => readZip(wheel))).archive;
}
