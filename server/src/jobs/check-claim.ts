/**
 * Is this record one that its program could have given? Whoever sends it is not trusted: the schema has been checked, the rest is here.
 * Whether it is *the* record, only replay can say. Pure.
 */
import { Problem } from '../errors.ts';
import { type Output, type Program, programDigest, type RunRecord } from '../runtime.ts';

/** Longest message, object id or name inside a record, characters. */
const SHORT_TEXT = 65_536;
/** Truncation marks, tracebacks and metadata come on top of the output limit, bytes. */
const OUTPUT_ALLOWANCE = 256 * 1024;

/** @throws Problem program_digest_mismatch, record_rejected */
export function checkClaim(record: RunRecord, program: Program): void {
  if (record.program_digest !== programDigest(program)) {
    throw new Problem('program_digest_mismatch', { detail: 'Run the payload of this very job, unchanged.' });
  }
  if (record.env_version !== program.env_version) reject('The record names another environment.');
  checkOutcome(record, program);
  checkSteps(record, program);
  checkSizes(record, program);
}

function checkOutcome(record: RunRecord, program: Program): void {
  if ((record.outcome === 'succeeded') !== (record.error === null))
    reject('An error belongs to every outcome but success.');
  if (record.outcome === 'succeeded' && record.steps.length !== program.steps.length)
    reject('A run that succeeded has all its steps.');
  const expected = { failed: 'USER_CODE_ERROR', limit: 'RESOURCE_LIMIT', violation: 'SANDBOX_VIOLATION' } as const;
  const { outcome, error } = record;
  if (
    error !== null &&
    Object.hasOwn(expected, outcome) &&
    expected[outcome as keyof typeof expected] !== error.category &&
    // An import that fails is an exception of the program, although it is the environment that lacks the package.
    !(outcome === 'failed' && error.code === 'PACKAGE_UNAVAILABLE')
  ) {
    reject(`The outcome ${outcome} does not go with an error of category ${error.category}.`);
  }
}

function checkSteps(record: RunRecord, program: Program): void {
  if (record.steps.length > program.steps.length) reject('The record has more steps than the program.');
  record.steps.forEach((step, index) => {
    if (step.object_id !== program.steps[index]?.object_id) reject(`Step ${index} is not the program's step ${index}.`);
    const last = index === record.steps.length - 1;
    if (!last && step.outcome !== 'succeeded') reject(`Step ${index} did not succeed, yet another one follows.`);
    if (last && record.outcome === 'succeeded' && step.outcome !== 'succeeded')
      reject('The last step of a run that succeeded did not.');
  });
  const ids = new Set(record.steps.map((step) => step.object_id));
  for (const artifact of record.artifacts) {
    if (!ids.has(artifact.step)) reject('An artifact names a step that did not run.');
  }
}

function checkSizes(record: RunRecord, program: Program): void {
  const { limits } = program;
  if (record.artifacts.length > limits.max_artifacts) reject('There are more artifacts than the limit allows.');
  const artifactBytes = record.artifacts.reduce((sum, artifact) => sum + artifact.size_bytes, 0);
  if (artifactBytes > limits.max_artifact_kb * 1024) reject('The artifacts are larger than the limit allows.');
  const outputBytes = record.steps.flatMap((step) => step.outputs).reduce((sum, output) => sum + bytesOf(output), 0);
  if (outputBytes > limits.max_output_kb * 1024 + OUTPUT_ALLOWANCE)
    reject('The outputs are larger than the limit allows.');
  if ((record.error?.message.length ?? 0) > SHORT_TEXT) reject('The message of the error is too long.');
}

function bytesOf(output: Output): number {
  switch (output.type) {
    case 'stream':
      return Buffer.byteLength(output.text);
    case 'error':
      return Buffer.byteLength(output.name) + Buffer.byteLength(output.message) + Buffer.byteLength(output.traceback);
    case 'display':
    case 'result':
      return Object.values(output.data).reduce(
        (sum, data) => sum + (typeof data === 'string' ? Buffer.byteLength(data) : data.size_bytes),
        Buffer.byteLength(JSON.stringify(output.metadata)),
      );
  }
}

/** Digest → size of everything that travels beside the record. @throws Problem record_rejected for one digest with two sizes */
export function blobsOf(
  record: RunRecord,
): Map<string, { size_bytes: number; media_type: string; name: string; kind: string }> {
  const blobs = new Map<string, { size_bytes: number; media_type: string; name: string; kind: string }>();
  const add = (digest: string, size_bytes: number, media_type: string, name: string, kind: string): void => {
    const known = blobs.get(digest);
    if (known !== undefined && known.size_bytes !== size_bytes) reject('One digest cannot have two sizes.');
    if (known === undefined) blobs.set(digest, { size_bytes, media_type, name, kind });
  };
  for (const artifact of record.artifacts)
    add(artifact.digest, artifact.size_bytes, artifact.media_type, artifact.name, 'artifact');
  for (const step of record.steps) {
    for (const output of step.outputs) {
      if (output.type !== 'display' && output.type !== 'result') continue;
      for (const [type, data] of Object.entries(output.data)) {
        if (typeof data !== 'string') add(data.digest, data.size_bytes, type, step.object_id, 'display');
      }
    }
  }
  return blobs;
}

function reject(detail: string): never {
  throw new Problem('record_rejected', { detail });
}
