/** The programs of `fixtures/programs/packages`, each in the environment that its folder is named by. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProgram, type Program } from '@praxis/wasm-runtime';
import { builtEnvironment } from './environments.ts';

const FOLDER = join(import.meta.dirname, '../../fixtures/programs/packages');

export const PACKAGE_ENVIRONMENTS = ['data', 'science'] as const;
export type PackageEnvironment = (typeof PACKAGE_ENVIRONMENTS)[number];

export interface PackageProgram {
  /** Of the file in its folder, without `.py`. */
  name: string;
  environment: PackageEnvironment;
  source: string;
}

/** All of them, by environment and name. */
export function listPackagePrograms(): PackageProgram[] {
  return PACKAGE_ENVIRONMENTS.flatMap((environment) =>
    readdirSync(join(FOLDER, environment))
      .sort()
      .map((file) => ({
        name: file.replace(/\.py$/, ''),
        environment,
        source: readFileSync(join(FOLDER, environment, file), 'utf8'),
      })),
  );
}

/** Null where its environment is not built. */
export function packageProgram({ name, environment, source }: PackageProgram): Program | null {
  const env_version = builtEnvironment(environment);
  const steps = [{ object_id: `${name}.py`, language: 'python', source } as const];
  return env_version === undefined ? null : createProgram({ env_version, steps, limits: {} });
}

/** Why a test is skipped. */
export const notBuilt = (environment: string): string => `the environment ${environment} is not built here`;
