/** `praxis env list | build NAME | show NAME`: the environments of this installation. */
import { parseArgs } from 'node:util';
import { currentEnvironments, directoryEnvironments, ENVIRONMENTS_FOLDER } from '@praxis/wasm-runtime/node';
import { resolveEnvironment } from './environments.ts';
import { EXIT, UsageError } from './exit-codes.ts';

const USAGE = `praxis env list                 names and versions of the environments that are built
praxis env build [NAME]         build them again and check them against the lock
       --update-lock            accept what comes out and write it to the lock
praxis env show NAME            what makes up an environment [--json]`;

export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      'update-lock': { type: 'boolean', default: false },
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
      return build(name, values['update-lock']);
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

async function build(name: string | undefined, updateLock: boolean): Promise<number> {
  // The builder needs the engines' packages, which only a build has; nothing else on the command line does.
  const { buildEnvironments, LockMismatch, ENVIRONMENT_NAMES } = await import('@praxis/wasm-runtime/environment');
  if (name !== undefined && !ENVIRONMENT_NAMES.includes(name)) {
    throw new UsageError(`there is no environment ${name}; there are: ${ENVIRONMENT_NAMES.join(', ')}`);
  }
  try {
    const built = await buildEnvironments({
      outDir: ENVIRONMENTS_FOLDER,
      updateLock,
      log: (line) => console.error(line),
    });
    for (const { env_version } of built) console.log(env_version);
    return EXIT.success;
  } catch (error) {
    if (!(error instanceof LockMismatch)) throw error;
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
