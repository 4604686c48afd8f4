// Build steps: what makes one stale, and what does not.
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint, isFresh, recordRun, type Watched } from '../../../scripts/build/staleness.ts';

const step: Watched = { name: 'step', inputs: ['source', 'lock.json'], outputs: ['made'] };
let root: string;

async function write(path: string, content: string): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), content);
}

const makeOutput = (): Promise<void> => write('made/out.js', 'made');

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'praxis-staleness-'));
  await write('source/a.ts', 'a');
  await write('lock.json', '{}');
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

describe('a build step', () => {
  it('is stale before its first run and fresh after it', async () => {
    expect(await isFresh(root, step)).toBe(false);
    await recordRun(root, step, makeOutput);
    expect(await isFresh(root, step)).toBe(true);
  });

  const changes: [string, () => Promise<void>][] = [
    ['an input changed', () => write('source/a.ts', 'b')],
    ['an input was added', () => write('source/deep/er/new.ts', '')],
    ['an input went away', () => rm(join(root, 'source/a.ts'))],
    ['an input file outside of a folder changed', () => write('lock.json', '{"x":1}')],
    ['an output changed', () => write('made/out.js', 'not what was made')],
    ['an output was deleted', () => rm(join(root, 'made/out.js'))],
    ['all outputs were deleted', () => rm(join(root, 'made'), { recursive: true })],
    ['its stamp was cut short', () => write('dist/stamps/step.json', '{"inputs":"')],
    ['its stamp is something else', () => write('dist/stamps/step.json', '[1]')],
  ];
  it.each(changes)('is stale when %s', async (_, change) => {
    await recordRun(root, step, makeOutput);
    await change();
    expect(await isFresh(root, step)).toBe(false);
  });

  it('stays fresh when only times, dependencies or compiler notes change', async () => {
    await recordRun(root, step, makeOutput);
    await utimes(join(root, 'source/a.ts'), 1, 1);
    await write('source/node_modules/x/index.js', '');
    await write('source/dist/x.js', '');
    await write('made/tsconfig.tsbuildinfo', '{}');
    expect(await isFresh(root, step)).toBe(true);
  });

  it('is forgotten when it fails, even after a good run', async () => {
    await recordRun(root, step, makeOutput);
    await expect(recordRun(root, step, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await isFresh(root, step)).toBe(false);
  });

  it('is stale when an input changes while it runs', async () => {
    await recordRun(root, step, async () => {
      await write('source/a.ts', 'changed meanwhile');
      await makeOutput();
    });
    expect(await isFresh(root, step)).toBe(false);
  });
});

describe('fingerprint', () => {
  it('tells a renamed file and moved bytes apart', async () => {
    const before = await fingerprint(root, ['source']);
    await rm(join(root, 'source/a.ts'));
    await write('source/b.ts', 'a');
    expect(await fingerprint(root, ['source'])).not.toBe(before);
  });

  it('does not depend on the order or repetition of its paths', async () => {
    const once = await fingerprint(root, ['source', 'lock.json']);
    expect(await fingerprint(root, ['lock.json', 'source', 'source'])).toBe(once);
  });
});
