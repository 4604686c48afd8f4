/** The one place where the server meets wasm-runtime: the shapes it stores and the functions that name them. */
export {
  ArtifactRecord,
  canonicalJson,
  createProgram,
  DEFAULT_LIMITS,
  Digest,
  EnvironmentManifest,
  EnvVersion,
  isContentOf,
  isReproducible,
  Limits,
  Output,
  Program,
  programDigest,
  RunError,
  RunFailure,
  runDigest,
  RunRecord,
  StepEvent,
} from '@praxis/wasm-runtime';
export type { ProgramInput, ProgramStep, Replay, RunResult, VerdictKind } from '@praxis/wasm-runtime';
