/** `praxis env list | build NAME | show NAME`: the environments of this installation. */
import { parseArgs } from 'node:util';
import { currentEnvironments, directoryEnvironments, ENVIRONMENTS_FOLDER } from '@praxis/wasm-runtime/node';
import { resolveEnvironment } from './environments.ts';
import { EXIT, UsageError } from './exit-codes.ts';

const USAGE = `praxis env list                 names and versions of the environments that are built
praxis env build [NAME]         build them again and check them against the lock
       --update-lock            accept what comes out and write it to the lock
       --wheels FOLDER          where packages are looked for first, instead of PRAXIS_WHEELS
praxis env show NAME            what makes up an environment [--json]`;

export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      'update-lock': { type: 'boolean', default: false },
      wheels: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const [command, name, ...rest] = positionals;
  if (values.help) {
    console.log(USAGE);
    return EXIT.success;
  }
  if (rest.length > 0) throw new UsageError(USAGE);
  switch (command) {
    case 'list':
      await list(values.json);
      return EXIT.success;
    case 'build':
      return build(name, {
        updateLock: values['update-lock'],
        ...(values.wheels === undefined ? {} : { wheels: values.wheels }),
      });
    case 'show':
      if (name === undefined) throw new UsageError(`expected a name\n${USAGE}`);
      await show(name, values.json);
      return EXIT.success;
    default:
      throw new UsageError(USAGE);
  }
}

async function list(json: boolean): Promise<void> {
  const current = await currentEnvironments();
  if (json) process.stdout.write(`${JSON.stringify(Object.fromEntries(current))}\n`);
  else for (const [name, version] of current) console.log(`${name}  ${version}`);
}

async function build(name: string | undefined, options: { updateLock: boolean; wheels?: string }): Promise<number> {
  // The builder needs the engines' packages, which only a build has; nothing else on the command line does.
  const { buildEnvironments, DefinitionError, LockMismatch, listDefinitions } =
    await import('@praxis/wasm-runtime/environment');
  const names = await listDefinitions();
  if (name !== undefined && !names.includes(name)) {
    throw new UsageError(`there is no environment ${name}; there are: ${names.join(', ')}`);
  }
  try {
    const { built, unavailable } = await buildEnvironments({
      ...options,
      outDir: ENVIRONMENTS_FOLDER,
      names: name === undefined ? names : [name],
      log: (line) => console.error(line),
    });
    for (const { env_version } of built) console.log(env_version);
    for (const { reason } of unavailable) console.error(`praxis: ${reason.message}`);
    return unavailable.length > 0 ? EXIT.failed : EXIT.success;
  } catch (error) {
    if (!(error instanceof LockMismatch || error instanceof DefinitionError)) throw error;
    console.error(`praxis: ${error.message}`);
    return EXIT.failed;
  }
}

async function show(name: string, json: boolean): Promise<void> {
  const version = await resolveEnvironment(name);
  const manifest = await directoryEnvironments().manifest(version);
  if (json) {
    process.stdout.write(`${JSON.stringify({ env_version: version, ...manifest })}\n`);
    return;
  }
  console.log(`${version}\ncost model ${manifest.cost_model}, gate policy ${manifest.gate_policy}`);
  for (const [engine, { source, language_version, files }] of Object.entries(manifest.engines)) {
    console.log(`\n${engine} ${language_version} (${source})`);
    for (const { file, digest, size_bytes } of Object.values(files)) {
      console.log(`  ${file.padEnd(22)} ${(size_bytes / 1e6).toFixed(2).padStart(7)} MB  ${digest}`);
    }
  }
  for (const { name: packageName, version: packageVersion, licence } of manifest.packages) {
    console.log(`  ${packageName} ${packageVersion} (${licence})`);
  }
}
