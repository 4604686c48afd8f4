// A guest without an engine: the virtual world on a real linear memory, and a few ways to call into it as a module would.
import { VirtualClock } from '../../../wasm-runtime/src/gate/clock.ts';
import { SeededEntropy } from '../../../wasm-runtime/src/gate/entropy.ts';
import { FileSystem } from '../../../wasm-runtime/src/gate/files.ts';
import { connectStreams } from '../../../wasm-runtime/src/gate/streams.ts';
import { createSyscalls } from '../../../wasm-runtime/src/gate/syscalls.ts';
import type { World } from '../../../wasm-runtime/src/gate/world.ts';

const EPOCH_MS = 1_700_000_000_000;
/** Strings and buffers of a test lie in the second page, so that the first stays free for results. */
const HEAP_START = 65_536;
const PAGES = 4;

export const AT_FDCWD = -100;

export interface Guest {
  world: World;
  files: FileSystem;
  clock: VirtualClock;
  memory: WebAssembly.Memory;
  view: DataView;
  bytes: Uint8Array;
  /** What the guest printed and sent, in order. */
  said: { to: 'stdout' | 'stderr' | 'channel'; text: string }[];
  /** Lines that standard input still gives. */
  lines: string[];
  /** Sizes of the messages that were too long. */
  refused: number[];
  fuel: { used: bigint; charged: number };
  /** Answers of the module's allocator, in order; 0 when there is none. */
  allocations: number[];
  call(name: string, ...args: (number | bigint)[]): number;
  /** The functions that answer an i64. */
  callLong(name: string, ...args: (number | bigint)[]): bigint;
  /** Puts a C string or bytes into memory; its address. */
  put(value: string | Uint8Array): number;
  /** Room for `size` bytes; its address. */
  room(size: number): number;
  text(address: number, length: number): string;
  /** One `iovec` for each part, with the part's bytes in memory; the address of the first. */
  vectors(...parts: (string | number)[]): number;
}

export function newFiles(): FileSystem {
  let now = 0n;
  return new FileSystem({ now: () => (now += 1n), charge: () => undefined });
}

export function newGuest(options: { maxMessageBytes?: number; environment?: [string, string][] } = {}): Guest {
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  const bytes = new Uint8Array(memory.buffer);
  const view = new DataView(memory.buffer);
  const fuel = { used: 0n, charged: 0 };
  const said: Guest['said'] = [];
  const lines: string[] = [];
  const refused: number[] = [];
  const allocations: number[] = [];
  const clock = new VirtualClock({ fuelUsed: () => fuel.used, epochMs: EPOCH_MS });
  const charge = (units: number) => {
    fuel.charged += units;
  };
  const world: World = {
    clock,
    entropy: new SeededEntropy('test', new Uint8Array(32)),
    files: new FileSystem({ now: () => world.clock.peek(), charge }),
    environment: new Map(options.environment ?? []),
    memory: () => memory,
    allocate: () => allocations.shift() ?? 0,
    fuelUsed: () => fuel.used,
    charge,
  };
  const decode = (value: Uint8Array) => new TextDecoder().decode(value);
  connectStreams(world.files, {
    output: (name, value) => said.push({ to: name, text: decode(value) }),
    readLine: () => {
      const line = lines.shift();
      return line === undefined ? null : new TextEncoder().encode(line);
    },
    message: (parts) => said.push({ to: 'channel', text: parts.map(decode).join('') }),
    messageRefused: (size) => refused.push(size),
    maxMessageBytes: options.maxMessageBytes ?? 1000,
    entropy: () => world.entropy,
  });
  const calls = createSyscalls(world);
  const find = (name: string) => {
    const call = calls[name];
    if (call === undefined) throw new Error(`there is no ${name}`);
    return call;
  };
  let heap = HEAP_START;
  const guest: Guest = {
    world,
    files: world.files,
    clock,
    memory,
    view,
    bytes,
    said,
    lines,
    refused,
    fuel,
    allocations,
    call: (name, ...args) => Number(find(name)(...args)),
    callLong: (name, ...args) => BigInt(find(name)(...args) ?? 0),
    room(size) {
      const address = heap;
      heap += Math.ceil(size / 8) * 8;
      if (heap > bytes.length) throw new Error('the test needs more memory');
      return address;
    },
    put(value) {
      const content = typeof value === 'string' ? new TextEncoder().encode(`${value}\0`) : value;
      const address = guest.room(content.length);
      bytes.set(content, address);
      return address;
    },
    text: (address, length) => decode(bytes.slice(address, address + length)),
    vectors(...parts) {
      const first = guest.room(parts.length * 8);
      for (const [index, part] of parts.entries()) {
        const content = typeof part === 'number' ? new Uint8Array(part) : new TextEncoder().encode(part);
        view.setUint32(first + index * 8, guest.put(content), true);
        view.setUint32(first + index * 8 + 4, content.length, true);
      }
      return first;
    },
  };
  return guest;
}
