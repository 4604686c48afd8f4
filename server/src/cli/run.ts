/** `praxis run FILE`: runs a program in a sandbox process and shows what it says. Needs no server. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import {
  assertProgram,
  createProgram,
  DEFAULT_SEED,
  run,
  type Output,
  type ProgramInput,
  type RunError,
  type RunOptions,
} from '@praxis/wasm-runtime';
import { createNodeHost, directoryEnvironments } from '@praxis/wasm-runtime/node';
import { adviceAbout, environmentFor, resolveEnvironment } from './environments.ts';
import { EXIT_OF_OUTCOME, UsageError } from './exit-codes.ts';
import { readProgramFile } from './program-file.ts';
import { writeRunFolder } from './run-folder.ts';
import { forStream } from './terminal.ts';

const USAGE = `praxis run FILE (.py .js .ipynb) [options]
  --env NAME            environment, by name or whole version (default: the smallest that has what is imported)
  --input PATH=FILE     give FILE to the program as /data/PATH; may be repeated
  --seed HEX            64 hex digits (default: zeros)
  --fuel N              instructions that the run may execute
  --memory-mb N         memory of each engine
  --timeout-ms N        wall clock
  --out DIR             write program.json, record.json, artifacts and inputs there
  --json                print one line of JSON: the run record with run_digest and observed`;

export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      env: { type: 'string' },
      input: { type: 'string', multiple: true, default: [] },
      seed: { type: 'string', default: DEFAULT_SEED },
      fuel: { type: 'string' },
      'memory-mb': { type: 'string' },
      'timeout-ms': { type: 'string' },
      out: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0) throw new UsageError(`expected one file\n${USAGE}`);
  if (!/^[0-9a-f]{64}$/.test(values.seed)) throw new UsageError('--seed: expected 64 lower-case hex digits');
  const { steps, warnings } = await readProgramFile(file);
  for (const warning of warnings) console.error(`praxis: ${warning}`);
  const inputs = await readInputs(values.input);
  const { env_version, note } =
    values.env === undefined
      ? await environmentFor(steps)
      : { env_version: await resolveEnvironment(values.env), note: null };
  const program = createProgram({
    env_version,
    seed: values.seed,
    steps,
    inputs: inputs.map(({ input }) => input),
    limits: {
      ...numberOption('fuel', values.fuel, 'fuel'),
      ...numberOption('memory-mb', values['memory-mb'], 'memory_mb'),
      ...numberOption('timeout-ms', values['timeout-ms'], 'timeout_ms'),
    },
  });
  try {
    assertProgram(program);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'not a program');
  }
  const bytes = new Map(inputs.map(({ input, content }) => [input.digest, content]));
  if (note !== null) console.error(`praxis: ${note}`);
  const terminal = process.stdin.isTTY;
  const result = await run(program, {
    host: createNodeHost(),
    environments: directoryEnvironments(),
    inputs: (digest) => {
      const content = bytes.get(digest);
      return content ? Promise.resolve(content) : Promise.reject(new Error('not given'));
    },
    ...(terminal ? { onInput: askTerminal } : { stdin: await readLines() }),
    // With a person at the terminal a run may start over for one more line, so its outputs are shown once, at its end.
    ...(values.json || terminal ? {} : showLive()),
  });
  if (values.out !== undefined) await writeRunFolder(values.out, result, bytes);
  const { record, run_digest, observed } = result;
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ ...record, run_digest, observed })}\n`);
  } else {
    if (terminal) for (const step of record.steps) step.outputs.forEach(show);
    if (record.error) showError(record.error);
  }
  const advice = await adviceAbout(record.error);
  if (advice !== null) process.stderr.write(`praxis: ${forStream(process.stderr, advice)}\n`);
  return EXIT_OF_OUTCOME[record.outcome];
}

function numberOption<K extends string>(option: string, text: string | undefined, key: K): Partial<Record<K, number>> {
  if (text === undefined) return {};
  const value = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(value))
    throw new UsageError(`--${option}: expected a whole number, got ${JSON.stringify(text)}`);
  // One property of the wanted name.
  return { [key]: value } as Partial<Record<K, number>>;
}

async function readInputs(options: readonly string[]): Promise<{ input: ProgramInput; content: Uint8Array }[]> {
  return Promise.all(
    options.map(async (option) => {
      const at = option.indexOf('=');
      if (at < 1) throw new UsageError(`--input: expected PATH=FILE, got ${JSON.stringify(option)}`);
      const [name, file] = [option.slice(0, at), option.slice(at + 1)];
      const content = await readFile(file).catch((error: unknown) => {
        throw new UsageError(
          `--input: cannot read ${file}: ${error instanceof Error ? error.message : 'unknown error'}`,
        );
      });
      const path = name.startsWith('/data/') ? name : `/data/${name}`;
      const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
      return { input: { path, digest, size_bytes: content.length, media_type: 'application/octet-stream' }, content };
    }),
  );
}

/** All of a pipe or file on standard input, as lines without their ends. */
async function readLines(): Promise<string[]> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  } catch {
    // A closed standard input is an empty one.
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return [];
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

async function askTerminal(prompt: string): Promise<string | null> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<null>((resolve) => terminal.once('close', () => resolve(null)));
  try {
    return await Promise.race([terminal.question(forStream(process.stderr, prompt)), ended]);
  } finally {
    terminal.close();
  }
}

/** Outputs as they come. A display that changes is shown once more, as it is at the end of its step. */
function showLive(): Pick<RunOptions, 'onOutputs' | 'onStep'> {
  const changed = new Map<number, Output>();
  return {
    onOutputs: () => ({
      onOutput: show,
      onReplace: (at, output) => void changed.set(at, output),
      onClear: () => changed.clear(),
    }),
    onStep: () => {
      for (const output of changed.values()) show(output);
      changed.clear();
    },
  };
}

function show(output: Output): void {
  switch (output.type) {
    case 'stream': {
      const stream = output.name === 'stdout' ? process.stdout : process.stderr;
      stream.write(forStream(stream, output.text));
      return;
    }
    case 'display':
    case 'result': {
      const text = output.data['text/plain'];
      const types = Object.keys(output.data).filter((type) => type !== 'text/plain');
      const shown = typeof text === 'string' ? text : `[${types.join(', ')}]`;
      process.stdout.write(`${forStream(process.stdout, shown)}\n`);
      return;
    }
    case 'error':
      process.stderr.write(
        forStream(process.stderr, output.traceback.endsWith('\n') ? output.traceback : `${output.traceback}\n`),
      );
  }
}

/** The guest's own exceptions were shown with their traceback; everything else says what to do. */
function showError(error: RunError): void {
  if (error.category === 'USER_CODE_ERROR' || error.code === 'PACKAGE_UNAVAILABLE') return;
  const advice: Partial<Record<RunError['code'], string>> = {
    FUEL: 'raise it with --fuel',
    MEMORY: 'raise it with --memory-mb',
    WALL_CLOCK: 'raise it with --timeout-ms',
  };
  const hint = advice[error.code];
  process.stderr.write(
    `praxis: ${forStream(process.stderr, error.message)} (${error.category} ${error.code})${hint ? `; ${hint}` : ''}\n`,
  );
}
