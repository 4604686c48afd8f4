/**
 * What `jail.ts` runs inside a new jail: it tries the walls and says on standard output how each attempt ended, as a value or an error's
 * code. It has no type annotations, so that this very file can be put into the jail, compiled or not.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { getSystemErrorName } from 'node:util';

const attempts = {
  files: () => readdirSync('/').toSorted(),
  write: () => writeFileSync('/written', 'x') ?? 'done',
  /** A listener that is really there, outside. */
  network: () => once(connect(Number(process.argv[2]), '127.0.0.1'), 'connect').then(() => 'done'),
  environment: () => Object.keys(process.env),
  user: () => process.getuid?.(),
  process: () => process.pid,
  /** Always allowed, except by the filter. */
  filter: () => setPriority(1) ?? 'done',
  child: () => {
    const { error } = spawnSync(process.execPath, ['--version']);
    if (error) throw error;
    return 'done';
  },
  /** What engines need: code that is compiled, memory that grows in its place, a collector with threads, clocks, timers, randomness. */
  work: async () => {
    const memory = new ArrayBuffer(2 ** 16, { maxByteLength: 2 ** 30 });
    for (let size = 2 ** 17; size <= 2 ** 26; size *= 2) {
      memory.resize(size);
      new Uint8Array(memory).fill(1, size - 2 ** 12);
    }
    const objects = Array.from({ length: 300_000 }, (_, index) => ({ index, text: `${index}` }));
    crypto.getRandomValues(new Uint8Array(64));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    await sleep(performance.now() > 0 ? 1 : 2);
    return memory.byteLength + objects.length;
  },
};

const results = await Promise.all(
  Object.entries(attempts).map(async ([name, attempt]) => {
    try {
      return [name, await attempt()];
    } catch (error) {
      if (!(error instanceof Error)) return [name, String(error)];
      // Errors of the system have their number, whatever else they are called.
      if ('errno' in error && typeof error.errno === 'number') return [name, getSystemErrorName(error.errno)];
      return [name, 'code' in error ? error.code : error.message];
    }
  }),
);
process.stdout.write(JSON.stringify(Object.fromEntries(results)));
