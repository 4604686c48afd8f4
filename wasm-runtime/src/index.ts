/** Running untrusted programs reproducibly: programs, records, runs, replays and kernels. Hosts are in `./node` and `./browser`. */
export * from './choice/index.ts';
export {
  EnvironmentManifest,
  type EnvironmentEngine,
  type EnvironmentFile,
  type EnvironmentSource,
} from './environment/manifest.ts';
export type { Host, SandboxConnection } from './hosts/protocol.ts';
export type { Answer, Match, Question } from './run/ask.ts';
export { blobDigests, canonicalJson, jsonDigest, programDigest, runDigest, sha256Digest } from './run/digest.ts';
export { isReproducible, RunFailure } from './run/failure.ts';
export * from './run/kernel.ts';
export { openKernel } from './run/open-kernel.ts';
export type { OutputListener } from './run/previews.ts';
export { isContentOf } from './run/media.ts';
export { checkArtifactName, isMediaType } from './run/names.ts';
export * from './run/program.ts';
export * from './run/record.ts';
export { replay, type Replay } from './run/replay.ts';
export { assertProgram, prewarm, run, type RunOptions } from './run/run.ts';
export type { Verdict, VerdictKind } from './run/verdict.ts';
