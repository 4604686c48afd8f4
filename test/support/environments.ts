/** Which environments are built here. Those that need packages may be missing on a machine that reaches no source of them. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { currentEnvironments, ENVIRONMENTS_FOLDER } from '@praxis/wasm-runtime/node';

const versions = await currentEnvironments().catch(() => new Map<string, string>());

/** The current version of that name, or undefined when it is not built. */
export function builtEnvironment(name: string): string | undefined {
  const version = versions.get(name);
  if (version === undefined) return undefined;
  const manifest = path.join(ENVIRONMENTS_FOLDER, version.slice(version.indexOf(':') + 1), 'manifest.json');
  return existsSync(manifest) ? version : undefined;
}

/** For the title of a test that is skipped without it. */
export function needsEnvironment(name: string): string {
  return builtEnvironment(name) === undefined ? ` (skipped: the environment ${name} is not built here)` : '';
}
