/** Replaying a claim: run its program again and compare. */
import { Check } from './schema.ts';
import { canonicalJson, programDigest, runDigest } from './digest.ts';
import { isReproducible, RunFailure } from './failure.ts';
import { Program } from './program.ts';
import { RunRecord, type RunResult } from './record.ts';
import { run, type RunOptions } from './run.ts';
import type { Verdict } from './verdict.ts';

export interface Replay extends Verdict {
  /** The replay's own run, when it came to one. */
  result?: RunResult;
}

/**
 * @param program the program that was asked for, which need not be trusted to be one
 * @param claim the record that is claimed for it; hostile
 */
export async function replay(program: unknown, claim: unknown, options: RunOptions): Promise<Replay> {
  if (!Check(Program, program)) return { verdict: 'MALFORMED', reason: 'What was given is not a program.' };
  if (!Check(RunRecord, claim)) return { verdict: 'MALFORMED', reason: 'What was given is not a run record.' };
  let claimedDigest: string;
  let wantedDigest: string;
  try {
    claimedDigest = runDigest(claim);
    wantedDigest = programDigest(program);
  } catch {
    return { verdict: 'MALFORMED', reason: 'The program or the record has no canonical form.' };
  }
  if (claim.program_digest !== wantedDigest || claim.env_version !== program.env_version) {
    return { verdict: 'MALFORMED', reason: 'The record belongs to another program.' };
  }
  if (program.clock === 'live') {
    return {
      verdict: 'UNVERIFIABLE',
      reason: 'The program used the live clock, so nobody can run it again the same way.',
    };
  }
  if (claim.error && !isReproducible(claim.error)) {
    return { verdict: 'UNVERIFIABLE', reason: `The run ended by ${claim.error.code}, which depends on the machine.` };
  }
  let result: RunResult;
  try {
    result = await run(program, options);
  } catch (error) {
    if (error instanceof RunFailure && error.error.category === 'DEPENDENCY_ERROR') {
      return { verdict: 'UNVERIFIABLE', reason: `It cannot be run here: ${error.message}.` };
    }
    throw error;
  }
  const replayed = { record: result.record, run_digest: result.run_digest };
  if (result.run_digest === claimedDigest) {
    return { verdict: 'MATCH', reason: 'The replay gave the same record, byte for byte.', replayed, result };
  }
  if (result.record.error && !isReproducible(result.record.error)) {
    return { verdict: 'UNVERIFIABLE', reason: `The replay ended by ${result.record.error.code}.`, replayed, result };
  }
  const divergence = firstDivergence(claim, result.record);
  return {
    verdict: 'MISMATCH',
    reason: divergence
      ? `The replay differs first in step ${divergence.step + 1} (${divergence.object_id}), in its ${divergence.field}.`
      : 'The replay differs outside the steps.',
    ...(divergence ? { first_divergence: divergence } : {}),
    replayed,
    result,
  };
}

/** The first step that differs, and what of it. */
export function firstDivergence(claim: RunRecord, replayed: RunRecord): Verdict['first_divergence'] {
  const count = Math.max(claim.steps.length, replayed.steps.length);
  for (let step = 0; step < count; step++) {
    const [ours, theirs] = [replayed.steps[step], claim.steps[step]];
    const object_id = (ours ?? theirs)?.object_id ?? '';
    if (!ours || !theirs) return { step, object_id, field: 'presence' };
    for (const field of ['object_id', 'outcome', 'outputs', 'fuel'] as const) {
      if (canonicalJson(ours[field]) !== canonicalJson(theirs[field])) return { step, object_id, field };
    }
    const artifacts = (record: RunRecord) =>
      canonicalJson(record.artifacts.filter((artifact) => artifact.step === object_id));
    if (artifacts(claim) !== artifacts(replayed)) return { step, object_id, field: 'artifacts' };
  }
  return undefined;
}
