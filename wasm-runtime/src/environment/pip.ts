/** Downloads through pip, which knows the index, proxies and certificates that are set up on this machine. Node only. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A quarter of an hour: the largest download is 77 MB. */
const TIMEOUT_MS = 900_000;

/** Runs pip with these arguments. @throws Error whose message is one line that says what went wrong */
export type Pip = (args: readonly string[]) => Promise<void>;

/** @param python command or path */
export function pipOf(python: string): Pip {
  return (args) =>
    new Promise((resolve, reject) => {
      execFile(
        python,
        ['-m', 'pip', ...args],
        { timeout: TIMEOUT_MS, maxBuffer: 2 ** 24, windowsHide: true },
        (error, _stdout, stderr) => {
          if (!error) resolve();
          else if (error.code === 'ENOENT') reject(new Error(`there is no ${python} on this machine`));
          else if (error.killed) reject(new Error(`pip took longer than ${TIMEOUT_MS / 60_000} minutes`));
          else reject(new Error(lastError(stderr) ?? error.message));
        },
      );
    });
}

/** pip says a lot; what counts is its last line with an error, or else its last line. */
function lastError(stderr: string): string | undefined {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return (lines.findLast((line) => /^ERROR|^error/.test(line)) ?? lines.at(-1))?.slice(0, 300);
}

/**
 * Downloads one project's wheel into a folder of its own, which is gone after `use`. Nothing of it is run: `--only-binary` keeps pip
 * from building anything.
 * @param file name of the wheel, where it says for which Python and platform it is
 */
export async function pipDownload<T>(
  pip: Pip,
  requirement: string,
  use: (folder: string, files: readonly string[]) => Promise<T>,
  file?: string,
): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'praxis-wheels-'));
  try {
    const quick = ['--quiet', '--no-input', '--disable-pip-version-check', '--retries', '1'];
    const tags = file === undefined ? [] : tagOptions(file);
    await pip(['download', '--no-deps', '--only-binary=:all:', ...quick, ...tags, '--dest', folder, '--', requirement]);
    return await use(folder, await readdir(folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** By the last three parts of its name (PEP 425), so that pip, which runs on another Python and platform, finds this very wheel. */
export function tagOptions(file: string): string[] {
  const [python = '', abi = '', platform = ''] = file
    .replace(/\.whl$/, '')
    .split('-')
    .slice(-3);
  const version = /^cp(\d)(\d+)$/.exec(python);
  // A wheel for every Python may still say from which on, and means the interpreter's, not pip's.
  if (!version) return ['--ignore-requires-python'];
  const each = (option: string, values: string) => values.split('.').flatMap((value) => [option, value]);
  const python3 = ['--python-version', `${version[1]}.${version[2]}`, '--implementation', 'cp'];
  return [...each('--platform', platform), ...python3, ...each('--abi', abi)];
}
