/** Stock Pyodide in a process for each thing that it is asked to run. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { TIMEOUT_MS } from './side.ts';

/** A file of the host and its place in Pyodide's file system. */
interface PlacedFile {
  path: string;
  file: string;
}

export interface StockOrder {
  /** Folder with wheels, by their file names. */
  wheels: string;
  /** Names of packages to load, with what they need. */
  packages: readonly string[];
  environment: Readonly<Record<string, string>>;
  given: readonly PlacedFile[];
  /** Where it runs. */
  folder: string;
  source: string;
  /** Python's globals. */
  variables: Readonly<Record<string, unknown>>;
  /** What is read when it has run. */
  kept: readonly PlacedFile[];
}

/** When V8 optimises is as in our sandboxes (`hosts/node.ts`), so that runs take as long; no outcome depends on it. */
const FLAGS = ['--wasm-tiering-budget=100000000', '--import', 'tsx'];
/** Of the many lines that an engine says when it breaks down, the one that names the error. */
const ERROR_LINE = /^.*\b\w*Error: .*$/m;
const MESSAGE_LENGTH = 300;

/** @returns what Python printed, and how its process failed, or null */
export async function runStock(order: StockOrder): Promise<{ output: string; failure: string | null }> {
  const script = fileURLToPath(new URL('stock-child.ts', import.meta.url));
  const child = spawn(process.execPath, [...FLAGS, script], { timeout: TIMEOUT_MS });
  child.stdin.end(JSON.stringify(order));
  const ended = new Promise<string | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code === 0 ? null : (signal ?? `exit code ${String(code)}`)));
  });
  const [output, complaint, end] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return {
    output,
    failure:
      end === null ? null : `${end}: ${(ERROR_LINE.exec(complaint)?.[0] ?? complaint).trim().slice(0, MESSAGE_LENGTH)}`,
  };
}
