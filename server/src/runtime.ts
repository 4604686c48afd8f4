/** The one place where the server meets wasm-runtime: the shapes it stores and the functions that name them. */
export {
  ArtifactRecord,
  canonicalJson,
  DEFAULT_EPOCH_MS,
  DEFAULT_LIMITS,
  DEFAULT_SEED,
  Digest,
  EnvironmentManifest,
  EnvVersion,
  isReproducible,
  Limits,
  Output,
  Program,
  programDigest,
  RunError,
  RunFailure,
  runDigest,
  RunRecord,
  SCHEMA_VERSION,
  StepEvent,
} from '@praxis/wasm-runtime';
export type { ProgramInput, ProgramStep, Replay, RunResult, VerdictKind } from '@praxis/wasm-runtime';
