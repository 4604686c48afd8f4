/** The command line: finds the subcommand and gives it the rest of the arguments. */
/** Architecture §8: what the process ends with. */
const BAD_USAGE = 2;
const INTERNAL_ERROR = 5;

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
    return name === undefined ? BAD_USAGE : 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    process.stderr.write(`praxis: there is no command ${JSON.stringify(name)}.\n\n${usage()}`);
    return BAD_USAGE;
  }
  const { main: run } = await command.load();
  return run(rest);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`praxis: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = INTERNAL_ERROR;
}
