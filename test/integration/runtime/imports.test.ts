/**
 * Hammers everything that a guest may import, as a corrupted interpreter could: any arguments, in any order, on real engines behind the
 * real gate. Whatever comes, a call answers by its type or stops the guest for good, and costs what a call costs. Needs a build.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linkPython, readPythonLink } from '../../../wasm-runtime/src/engines/python/link.ts';
import { JAVASCRIPT_POLICY } from '../../../wasm-runtime/src/engines/javascript/imports.ts';
import { restoreMemory, unpackSnapshot } from '../../../wasm-runtime/src/engines/snapshot.ts';
import { readBytes } from '../../../wasm-runtime/src/environment/file-bytes.ts';
import { unpackImage } from '../../../wasm-runtime/src/environment/image.ts';
import type { Gate, ImportFunction } from '../../../wasm-runtime/src/gate/gate.ts';
import { HOST_CALL_FUEL, PYTHON_POLICY, type Policy } from '../../../wasm-runtime/src/gate/policy.ts';
import { GuestTrap } from '../../../wasm-runtime/src/gate/trap.ts';
import { BinaryReader } from '../../../wasm-runtime/src/meter/reader.ts';
import { readSections, SECTION } from '../../../wasm-runtime/src/meter/sections.ts';
import { currentEnvironment, environments } from '../../support/node-runs.ts';

const MEMORY_LIMIT = 96 << 20;
const FUEL = 3_000_000_000n;
const [I32, I64] = [0x7f, 0x7e];
/** Codes that blame the machine: no guest may bring them about. */
const MACHINE = ['HOST_FAILED', 'ENGINE_FAILED'];

interface Target {
  gate: Gate;
  memory: WebAssembly.Memory;
  imports: Readonly<Record<string, ImportFunction>>;
}

const manifest = await environments.manifest(currentEnvironment());
const { module: moduleFile, snapshot: snapshotFile, image: imageFile } = manifest.engines.python.files;
if (!imageFile) throw new Error('the environment has no image');
const read = async (file: typeof moduleFile) => readBytes(await environments.file(currentEnvironment(), file));
const [code, packed, image] = await Promise.all([read(moduleFile), read(snapshotFile), read(imageFile)]);
const compiled = await WebAssembly.compile(new Uint8Array(code));
const types = typesOf(code);

/** Parameter types of the imported functions. */
function typesOf(bytes: Uint8Array): ReadonlyMap<string, readonly number[]> {
  const sections = readSections(bytes);
  const open = (id: number): BinaryReader => {
    const section = sections.find((one) => one.id === id);
    if (!section) throw new Error(`the module has no section ${id}`);
    return new BinaryReader(bytes, section.contentStart, section.end, section.subject);
  };
  const list = <T>(reader: BinaryReader, item: () => T): T[] => Array.from({ length: reader.count() }, item);
  const typeReader = open(SECTION.type);
  const parameters = list(typeReader, () => {
    typeReader.byte();
    const taken = list(typeReader, () => typeReader.byte());
    list(typeReader, () => typeReader.byte());
    return taken;
  });
  const found = new Map<string, readonly number[]>();
  const reader = open(SECTION.import);
  list(reader, () => {
    reader.string();
    const name = reader.string();
    // A function has a type; globals two bytes; tags a byte and a type; this module imports no memory, and tables have limits.
    switch (reader.byte()) {
      case 0:
        return found.set(name, parameters[reader.u32()] ?? []);
      case 1: {
        reader.byte();
        const hasMaximum = reader.byte() === 1;
        reader.u32();
        return hasMaximum && reader.u32();
      }
      case 3:
        return [reader.byte(), reader.byte()];
      case 4:
        return [reader.byte(), reader.u32()];
      default:
        throw new Error(`the import ${name} is of another kind`);
    }
  });
  return found;
}

/** What the policy lets a guest call at all. */
const permitted = (policy: Policy) =>
  Object.entries(policy).flatMap(([name, rule]) => (rule === 'loading' ? [] : [name]));

async function openTarget(): Promise<Target> {
  const snapshot = unpackSnapshot(packed);
  const python = await linkPython({
    module: compiled,
    link: readPythonLink(snapshot.link),
    files: unpackImage(image),
    libraries: { find: () => undefined },
    pages: snapshot.pages,
  });
  restoreMemory(python.memory, snapshot);
  python.stackPointer.value = snapshot.stack_pointer;
  python.setListener({ output: () => undefined, readLine: () => null, message: () => undefined, signal: () => 0 });
  python.world.files.seal({ max_bytes: 1 << 20, max_nodes: 50 }, ['/job', '/tmp', '/home']);
  python.setMemoryLimit(MEMORY_LIMIT);
  python.gate.flip();
  python.gate.allow(FUEL);
  const names = permitted(PYTHON_POLICY);
  return {
    gate: python.gate,
    memory: python.memory,
    imports: python.imports(names),
  };
}

const number = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 1, 2, 3, 4, -1, -100, 16, 64, 512, 4096, 65_536, 577) },
  { weight: 4, arbitrary: fc.integer({ min: 1024, max: 24 << 20 }) },
  fc.integer({ min: -0x80000000, max: 0x7fffffff }),
);
const argument = (type: number): fc.Arbitrary<number | bigint> =>
  type === I64
    ? fc.oneof(number.map(BigInt), fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }))
    : type === I32
      ? number
      : fc.double();
const call = fc
  .constantFrom(...permitted(PYTHON_POLICY).filter((name) => types.has(name)))
  .chain((name) => fc.record({ name: fc.constant(name), args: fc.tuple(...(types.get(name) ?? []).map(argument)) }));

test('every import that is permitted is one of the module, and is hammered', () => {
  const missing = permitted(PYTHON_POLICY).filter((name) => !types.has(name));
  // The build for packages has some of its own.
  const file = createRequire(import.meta.url).resolve('pyodide-0.27/pyodide.asm.wasm');
  const older = WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(file))).map(({ name }) => name);
  expect(missing.filter((name) => !older.includes(name))).toEqual([]);
});

test('no call of Python does more than it may', { timeout: 240_000 }, async () => {
  const called = new Set<string>();
  const stopped = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 150, maxLength: 250, size: 'max' }), async (program) => {
      const { gate, memory, imports } = await openTarget();
      for (const { name, args } of program) {
        const before = gate.used();
        try {
          const answer: unknown = imports[name]?.(...args);
          expect(['number', 'bigint', 'undefined', 'object'], name).toContain(typeof answer);
          const free = PYTHON_POLICY[name] === 'polled' || PYTHON_POLICY[name] === 'raw';
          if (!free) expect(Number(gate.used() - before), name).toBeGreaterThanOrEqual(HOST_CALL_FUEL);
          called.add(name);
        } catch (error) {
          if (PYTHON_POLICY[name] === 'raw' && !(error instanceof GuestTrap)) {
            // It calls the guest's own code, or nothing.
            expect(
              error instanceof WebAssembly.RuntimeError || error instanceof TypeError || error instanceof RangeError,
            ).toBe(true);
            if (gate.exhausted || gate.tooDeep) break;
            continue;
          }
          if (!(error instanceof GuestTrap)) {
            // Guest code that the call ran met a limit.
            expect(gate.exhausted || gate.tooDeep, `${name}: ${String(error)}`).toBe(true);
            break;
          }
          expect(MACHINE, `${name}: ${String(error.cause)}`).not.toContain(error.code);
          stopped.add(error.code);
          // For good: nothing that charges works any more.
          expect(() => imports['clock_time_get']?.(0, 0n, 65_536)).toThrow(error);
          break;
        }
      }
      expect(memory.buffer.byteLength).toBeLessThanOrEqual(MEMORY_LIMIT);
    }),
    { numRuns: 25 },
  );
  // Good enough to get through: refusals alone would prove little.
  expect(called.size).toBeGreaterThan(60);
  expect([...stopped].every((one) => !MACHINE.includes(one))).toBe(true);
});

test('the policy of JavaScript permits what was looked at, and no more', () => {
  expect(permitted(JAVASCRIPT_POLICY).toSorted()).toEqual([
    '__assert_fail', '_abort_js', '_localtime_js', '_tzset_js', 'emscripten_date_now', 'emscripten_resize_heap', 'environ_get',
    'environ_sizes_get', 'promise_rejection_tracker', 'qts_host_call_function', 'qts_host_load_module_source',
    'qts_host_normalize_module', 'qts_host_ref_free',
  ]); // prettier-ignore
});
