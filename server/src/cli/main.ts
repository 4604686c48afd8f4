/** The command line: finds the subcommand and gives it the rest of the arguments. */
import { RunFailure } from '@praxis/wasm-runtime';
import { EXIT, UsageError } from './exit-codes.ts';

interface Command {
  summary: string;
  load: () => Promise<{ main: (args: string[]) => Promise<number> }>;
}

/** Loaded only when asked for: `praxis run` must not wait for a web server. */
const COMMANDS: Readonly<Record<string, Command>> = {
  serve: { summary: 'serve the notebook and its API', load: () => import('./serve.ts') },
  run: { summary: 'run a program here, without a server', load: () => import('./run.ts') },
  replay: { summary: 'run a recorded program again and compare', load: () => import('./replay.ts') },
  verify: { summary: 'check an attestation', load: () => import('./verify.ts') },
  env: { summary: 'list, build or show environments', load: () => import('./env.ts') },
};

function usage(): string {
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  praxis ${name.padEnd(8)} ${summary}`);
  return `Usage: praxis <command> [options]\n\n${lines.join('\n')}\n\n"praxis <command> --help" says more.\n`;
}

export async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(usage());
    return name === undefined ? EXIT.usage : 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    process.stderr.write(`praxis: there is no command ${JSON.stringify(name)}.\n\n${usage()}`);
    return EXIT.usage;
  }
  const { main: run } = await command.load();
  return run(rest);
}

// Whoever reads our output may stop, as `praxis run FILE | head` does. The run goes on: it is bounded, its folder is wanted, and the
// exit code says how it ended.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`praxis: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = isBadInput(error) ? EXIT.usage : EXIT.internal;
}

/** What the person can mend: the arguments, a file, an input or environment that is not here. */
function isBadInput(error: unknown): boolean {
  if (error instanceof UsageError) return true;
  if (error instanceof RunFailure) return error.error.category === 'DEPENDENCY_ERROR';
  // What node:util's parseArgs throws.
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
