/** Files as modules: what one holds comes out as it was, wherever it goes. */
import { describe, expect, it } from 'vitest';
import { bytesOf, holdingModule, moduleOf, putPieces } from '../../../wasm-runtime/src/engines/given.ts';
import {
  packSnapshot,
  restoreMemory,
  snapshotModule,
  unpackSnapshot,
} from '../../../wasm-runtime/src/engines/snapshot.ts';

const PAGE_BYTES = 65_536;
const bytes = (memory: WebAssembly.Memory) => new Uint8Array(memory.buffer);

describe('a module that holds bytes', () => {
  it('gives copies of them', async () => {
    for (const length of [0, 1, 127, 128, 70_000]) {
      const given = Uint8Array.from({ length }, (_, index) => index * 7);
      const held = await moduleOf(holdingModule({ bytes: given }));
      expect(bytesOf(held)).toEqual(given);
      bytesOf(held).fill(1);
      expect(bytesOf(held)).toEqual(given);
    }
    expect(() => bytesOf(new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)))).toThrow('no bytes');
  });

  it('puts pieces at addresses of every length', async () => {
    const addresses = [0, 63, 64, 127, 128, 4096, 8191, 8192, 16_384, 2 * PAGE_BYTES - 1];
    const pieces = addresses.map((address, index): [number, Uint8Array] => [address, Uint8Array.of(index + 1)]);
    const memory = new WebAssembly.Memory({ initial: 2, maximum: 4 });
    putPieces(await moduleOf(holdingModule({ bytes: new Uint8Array(0), pieces })), memory);
    expect(addresses.map((address) => bytes(memory)[address])).toEqual(pieces.map(([, piece]) => piece[0]));
    expect(bytes(memory).filter((byte) => byte !== 0)).toHaveLength(addresses.length);
  });

  it('refuses a memory that is too small for its pieces', async () => {
    const pieces: [number, Uint8Array][] = [[PAGE_BYTES - 1, Uint8Array.of(1, 2)]];
    const held = await moduleOf(holdingModule({ bytes: new Uint8Array(0), pieces }));
    expect(() => putPieces(held, new WebAssembly.Memory({ initial: 1 }))).toThrow(WebAssembly.RuntimeError);
  });
});

describe('a snapshot as a module', () => {
  const memory = new WebAssembly.Memory({ initial: 3 });
  for (const address of [5, 4096 * 2, 4096 * 16 - 1, 2 * PAGE_BYTES + 99]) bytes(memory)[address] = 9;
  const state = { pages: 3, stack_pointer: 1, link: { a: 1 }, pointers: { run: 2 }, boot_fuel: 3 };
  const packed = packSnapshot(memory, state);

  it('has the same state, and makes the same of a memory that something was written to', async () => {
    const held = unpackSnapshot(await moduleOf(snapshotModule(packed)));
    const plain = unpackSnapshot(packed);
    expect({ ...held, copyInto: null }).toEqual({ ...plain, copyInto: null });
    for (const snapshot of [held, plain]) {
      const restored = new WebAssembly.Memory({ initial: 2 });
      bytes(restored).fill(77);
      restoreMemory(restored, snapshot);
      expect(Buffer.compare(bytes(restored), bytes(memory))).toBe(0);
    }
  });
});
