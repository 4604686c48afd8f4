/** Runs a process to its end, with a bounded output and a bounded time: for the tools and probes that the jail is made from. */
import { startProcess, type Launch } from '@praxis/wasm-runtime/node';

export interface Ended {
  stdout: string;
  stderr: string;
  /** How it ended, for people: an exit code, a signal, or why it did not start. */
  ending: string;
  succeeded: boolean;
}

const MAXIMUM_BYTES = 65_536;
/** A probe takes a tenth of a second; a machine that swaps may take longer. */
const MAXIMUM_MS = 30_000;

export function runToEnd(launch: Launch): Promise<Ended> {
  return new Promise((fulfil) => {
    const child = startProcess(launch);
    const output = { stdout: '', stderr: '' };
    const collect = (name: 'stdout' | 'stderr') => (chunk: Buffer) => {
      output[name] += chunk.toString('utf8');
      if (output[name].length > MAXIMUM_BYTES) child.kill('SIGKILL');
    };
    child.stdout?.on('data', collect('stdout'));
    child.stderr?.on('data', collect('stderr'));
    child.stdin?.on('error', () => undefined).end();
    const timer = setTimeout(() => child.kill('SIGKILL'), MAXIMUM_MS);
    child.on('error', (error) => {
      clearTimeout(timer);
      fulfil({ ...output, ending: error.message, succeeded: false });
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      fulfil({ ...output, ending: signal ?? `exit code ${code}`, succeeded: code === 0 });
    });
  });
}
