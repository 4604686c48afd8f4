/** The manifest of an environment: which bytes make up an `env_version`. */
import type { FileBytes } from './file-bytes.ts';
import { Digest, SCHEMA_VERSION } from '../run/program.ts';
import { type Static, Type } from '../run/schema.ts';

const closed = { additionalProperties: false } as const;

export const EnvironmentFile = Type.Object(
  {
    /** File name inside the environment's folder. */
    file: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,63}$' }),
    digest: Digest,
    size_bytes: Type.Integer({ minimum: 0 }),
  },
  closed,
);
export type EnvironmentFile = Static<typeof EnvironmentFile>;

const EnvironmentLibrary = Type.Object(
  {
    /** What a program imports. */
    name: Type.String(),
    version: Type.String(),
    /** SPDX expression. */
    licence: Type.String(),
    /** Of its packed files: `environment/javascript-libraries.ts`. */
    digest: Digest,
  },
  closed,
);

export const EnvironmentEngine = Type.Object(
  {
    /** Package and version that the files were made from, e.g. `pyodide 314.0.7`. */
    source: Type.String(),
    /** e.g. `3.14.2`, `ES2023`. */
    language_version: Type.String(),
    files: Type.Object(
      {
        /** The engine maker's own JavaScript, where a boot needs it. Whoever restores the snapshot does not. */
        glue: Type.Optional(EnvironmentFile),
        module: EnvironmentFile,
        snapshot: EnvironmentFile,
        image: Type.Optional(EnvironmentFile),
        /** Compiled libraries that programs can import: `engines/python/library-pack.ts`. */
        libraries: Type.Optional(EnvironmentFile),
        /** What few programs read: a part of the image's bytes, or the modules of libraries. */
        late: Type.Optional(EnvironmentFile),
      },
      closed,
    ),
    /** Libraries of modules in `late`, where the language has modules of text. */
    libraries: Type.Optional(Type.Array(EnvironmentLibrary)),
  },
  closed,
);
export type EnvironmentEngine = Static<typeof EnvironmentEngine>;

export type EngineRole = keyof EnvironmentEngine['files'];
/** What files an engine may have, in the order of their listing. */
export const ENGINE_FILES: readonly EngineRole[] = ['glue', 'module', 'snapshot', 'image', 'libraries', 'late'];

const EnvironmentPackage = Type.Object(
  {
    name: Type.String(),
    version: Type.String(),
    /** SPDX expression. */
    licence: Type.String(),
    /** Modules of the first level that it installs: what a program writes behind `import`. The first manifests did not say. */
    modules: Type.Optional(Type.Array(Type.String())),
  },
  closed,
);

export const EnvironmentManifest = Type.Object(
  {
    schema_version: Type.Literal(SCHEMA_VERSION),
    name: Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$' }),
    /** One sentence for whoever chooses an environment. The first manifests had none. */
    summary: Type.Optional(Type.String()),
    /** Version of the cost model (`meter/cost.ts`) that the modules were metered with. */
    cost_model: Type.String(),
    /** Version of the gate's policy (`gate/policy.ts`) that runs must use. */
    gate_policy: Type.String(),
    engines: Type.Object({ python: EnvironmentEngine, javascript: EnvironmentEngine }, closed),
    packages: Type.Array(EnvironmentPackage),
  },
  closed,
);
export type EnvironmentManifest = Static<typeof EnvironmentManifest>;

/** Where the trusted side gets an environment from. Both functions return verified content only. */
export interface EnvironmentSource {
  /** @throws RunFailure DEPENDENCY_ERROR ENVIRONMENT_UNKNOWN when there is no such environment or its digest is wrong. */
  manifest(envVersion: string): Promise<EnvironmentManifest>;
  /** `onBytes` is told how many bytes have arrived so far. */
  file(envVersion: string, file: EnvironmentFile, onBytes?: (received: number) => void): Promise<FileBytes>;
}
