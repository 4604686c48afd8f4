import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { detectJail } from '../../../../server/src/replay/jail.ts';

/** Tools are looked for only as far as these machines and folders have them; no process is started. */
describe('detectJail without what it needs', () => {
  let folder: string;
  beforeEach(async () => {
    vi.stubEnv('PRAXIS_BWRAP', undefined);
    folder = await mkdtemp(path.join(tmpdir(), 'praxis-jail-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const linux = { platform: 'linux', architecture: 'x64' };

  it.each(['darwin', 'win32', 'freebsd'])('says that %s has none', async (platform) => {
    expect(await detectJail({ platform })).toEqual({
      available: false,
      reason: `it needs Linux, and this is ${platform}`,
    });
  });

  it('refuses an architecture without a filter, and does not go without', async () => {
    const jail = await detectJail({ platform: 'linux', architecture: 'riscv64' });
    expect(jail).toEqual({ available: false, reason: expect.stringContaining('riscv64') as string });
  });

  it('says how to get bubblewrap', async () => {
    const jail = await detectJail({ ...linux, searchPath: folder });
    expect(jail).toEqual({ available: false, reason: expect.stringContaining('apt-get install bubblewrap') as string });
  });

  it('says how to get prlimit', async () => {
    await writeFile(path.join(folder, 'bwrap'), '', { mode: 0o755 });
    const jail = await detectJail({ ...linux, searchPath: folder });
    expect(jail).toEqual({ available: false, reason: expect.stringContaining('apt-get install util-linux') as string });
  });

  it('takes no tool from the current folder', async () => {
    const jail = await detectJail({ ...linux, searchPath: ['', '.', 'bin'].join(path.delimiter) });
    expect(jail).toEqual({
      available: false,
      reason: expect.stringContaining('bubblewrap is not installed') as string,
    });
  });

  it('says when the named bubblewrap is none', async () => {
    vi.stubEnv('PRAXIS_BWRAP', path.join(folder, 'missing'));
    const jail = await detectJail(linux);
    expect(jail).toEqual({ available: false, reason: expect.stringContaining('PRAXIS_BWRAP') as string });
  });

  it('says when the Node to put into it does not start', async () => {
    for (const tool of ['bwrap', 'prlimit']) await writeFile(path.join(folder, tool), '', { mode: 0o755 });
    const jail = await detectJail({ ...linux, searchPath: folder, node: path.join(folder, 'node') });
    expect(jail).toEqual({ available: false, reason: expect.stringContaining('ENOENT') as string });
  });
});
