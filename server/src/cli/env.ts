/** `praxis env list | build [NAME …] | show NAME`: the environments of this installation. */
import { parseArgs } from 'node:util';
import { sizeOf, type Offered } from '@praxis/wasm-runtime';
import { directoryEnvironments, ENVIRONMENTS_FOLDER } from '@praxis/wasm-runtime/node';
import { buildCommand, isBuilt, knownEnvironments, resolveEnvironment } from './environments.ts';
import { EXIT, UsageError } from './exit-codes.ts';

const USAGE = `praxis env list                 the environments, what is in them, and which are built [--json]
praxis env build [NAME …]       build them again and check them against the lock
       --update-lock            accept what comes out and write it to the lock
       --wheels FOLDER          where packages are looked for first, instead of PRAXIS_WHEELS
praxis env show NAME            packages with their licences, files with their sizes and digests [--json]`;

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
  const [command, ...names] = positionals;
  const [name] = names;
  if (values.help) {
    console.log(USAGE);
    return EXIT.success;
  }
  if (names.length > (command === 'build' ? Infinity : command === 'show' ? 1 : 0)) throw new UsageError(USAGE);
  switch (command) {
    case 'list':
      await list(values.json);
      return EXIT.success;
    case 'build':
      return build(names, {
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
  const environments = (await knownEnvironments()).toSorted((one, other) => one.size_bytes - other.size_bytes);
  if (json) {
    const items = environments.map((environment) => {
      const { name, summary, packages, env_version, size_bytes } = environment;
      const built = isBuilt(environment);
      return {
        name,
        summary,
        built,
        ...(built ? { env_version, size_bytes } : {}),
        packages: packages.map(publicPackage),
      };
    });
    process.stdout.write(`${JSON.stringify({ items })}\n`);
    return;
  }
  for (const environment of environments) {
    const { name, summary, packages, size_bytes, env_version } = environment;
    const built = isBuilt(environment);
    console.log(`${name.padEnd(12)}${built ? megabytes(size_bytes) : 'not built'}  ${summary}`);
    console.log(`${' '.repeat(12)}${built ? env_version : buildCommand(name)}`);
    if (packages.length > 0) {
      console.log(`${' '.repeat(12)}${packages.map((each) => `${each.name} ${each.version}`).join(', ')}`);
    }
  }
}

function publicPackage({
  name,
  version,
  licence,
  modules = [],
}: Offered['packages'][number]): Offered['packages'][number] {
  return { name, version, licence, modules };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2).padStart(7)} MB`;
}

async function build(wanted: readonly string[], options: { updateLock: boolean; wheels?: string }): Promise<number> {
  // The builder needs the engines' packages, which only a build has; nothing else on the command line does.
  const { buildEnvironments, DefinitionError, LockMismatch, listDefinitions } =
    await import('@praxis/wasm-runtime/environment');
  const names = await listDefinitions();
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`there is no environment ${unknown}; there are: ${names.join(', ')}`);
  }
  try {
    const { built, unavailable } = await buildEnvironments({
      ...options,
      outDir: ENVIRONMENTS_FOLDER,
      names: wanted.length === 0 ? names : wanted,
      log: (line) => console.error(line),
    });
    for (const { env_version } of built) console.log(env_version);
    for (const { reason } of unavailable) console.error(`praxis: ${reason.message}`);
    if (unavailable.length > 0) {
      const missing = unavailable.map(({ name }) => name);
      console.error(
        `praxis: not built: ${missing.join(', ')}; once one of these places can be reached: ${buildCommand(...missing)}`,
      );
    }
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
  const size_bytes = sizeOf(manifest);
  if (json) {
    process.stdout.write(`${JSON.stringify({ env_version: version, size_bytes, ...manifest })}\n`);
    return;
  }
  console.log([version, manifest.summary ?? []].flat().join('\n'));
  console.log(
    `${megabytes(size_bytes).trim()}, cost model ${manifest.cost_model}, gate policy ${manifest.gate_policy}`,
  );
  for (const [engine, { source, language_version, files, libraries = [] }] of Object.entries(manifest.engines)) {
    console.log(`\n${engine} ${language_version} (${source})`);
    for (const { file, digest, size_bytes: bytes } of Object.values(files)) {
      console.log(`  ${file.padEnd(22)} ${megabytes(bytes)}  ${digest}`);
    }
    for (const library of libraries) {
      const { name: libraryName, version: libraryVersion, licence } = library;
      console.log(`  ${`${libraryName} ${libraryVersion}`.padEnd(30)} ${licence.padEnd(12)} ${library.digest}`);
    }
  }
  if (manifest.packages.length > 0) console.log('\npackages');
  for (const { name: packageName, version: packageVersion, licence, modules = [] } of manifest.packages) {
    const imported = modules.length === 0 ? '' : `  import ${modules.join(', ')}`;
    console.log(`  ${`${packageName} ${packageVersion}`.padEnd(30)} ${licence}${imported}`);
  }
}
