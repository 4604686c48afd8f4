/** How pip is called; what it is told of wheels for other Pythons; what is told of its failures. */
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pipDownload, pipOf, tagOptions } from '../../../wasm-runtime/src/environment/pip.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'praxis-pip-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A program in the place of Python. */
async function python(script: string): Promise<string> {
  const file = join(folder, 'python');
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

describe('what pip is told of a wheel', () => {
  it('is its Python, interface and platform', () => {
    expect(tagOptions('a-1.0-cp314-cp314-pyemscripten_2026_0_wasm32.whl').join(' ')).toBe(
      '--platform pyemscripten_2026_0_wasm32 --python-version 3.14 --implementation cp --abi cp314',
    );
  });

  it('is each of several', () => {
    expect(tagOptions('a-1.0-1-cp39-abi3.cp39-one.two.whl').join(' ')).toBe(
      '--platform one --platform two --python-version 3.9 --implementation cp --abi abi3 --abi cp39',
    );
  });

  it('is nothing for a wheel of every Python but that pip is not the one that will run it', () => {
    expect(tagOptions('a-1.0-py2.py3-none-any.whl')).toEqual(['--ignore-requires-python']);
  });
});

describe('a download', () => {
  it('is of one requirement, as a wheel only, into a folder that is gone afterwards', async () => {
    let asked: readonly string[] = [];
    const pip = async (args: readonly string[]) => {
      asked = args;
      await writeFile(join(args[args.indexOf('--dest') + 1] ?? '', 'a.whl'), 'bytes');
    };
    const [into, content] = await pipDownload(pip, 'a==1.0', async (place, files) => {
      expect(files).toEqual(['a.whl']);
      return [place, await readFile(join(place, 'a.whl'), 'utf8')] as const;
    });
    expect(content).toBe('bytes');
    await expect(stat(into)).rejects.toThrow('ENOENT');
    expect(asked.slice(0, 3)).toEqual(['download', '--no-deps', '--only-binary=:all:']);
    expect(asked.slice(-2)).toEqual(['--', 'a==1.0']);
  });
});

describe('a failure of pip', () => {
  it('is its last line with an error', async () => {
    const pip = pipOf(
      await python('echo "WARNING: slow" >&2; echo "ERROR: no such project" >&2; echo hint >&2; exit 1'),
    );
    await expect(pip(['download'])).rejects.toThrow(/^ERROR: no such project$/);
  });

  it('is that there is no Python', async () => {
    await expect(pipOf(join(folder, 'nothing'))(['download'])).rejects.toThrow(/there is no .*nothing on this machine/);
  });

  it('does not happen when it ends well, called as a module of Python', async () => {
    await pipOf(await python(`echo "$@" > ${join(folder, 'args')}`))(['download', '--', 'a b==1']);
    expect(await readFile(join(folder, 'args'), 'utf8')).toBe('-m pip download -- a b==1\n');
  });
});
