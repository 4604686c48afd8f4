/** What a cell's last run was, as immutable data: outputs, what it used, and how far it can be trusted. */
import type { ArtifactRecord, Language, Outcome, Output, RunError, StepResult } from '../kernel/runtime.ts';
import type { Trust } from '../trust/trust.ts';
import { DRAFT_TRUST } from '../trust/trust.ts';

export interface CellRun {
  readonly phase: 'queued' | 'running' | 'done';
  /** What ran, to tell when the code has changed since. */
  readonly source: string;
  readonly language: Language;
  readonly parameters: string;
  readonly outputs: readonly Output[];
  readonly artifacts: readonly ArtifactRecord[];
  /** Bytes of artifacts and binary displays by digest, as far as this page has them. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
  readonly error: RunError | null;
  /** `null` for a run that did not come to its end. */
  readonly outcome: Outcome | null;
  readonly fuel: number | null;
  readonly memory_bytes: number | null;
  /** Milliseconds since the epoch, of this page's clock. */
  readonly started_at: number | null;
  readonly duration_ms: number | null;
  readonly trust: Trust;
}

/** A finished run without bytes: what a draft keeps. */
export type StoredRun = Omit<CellRun, 'phase' | 'blobs' | 'started_at'> & {
  blobs: Readonly<Record<string, Uint8Array>>;
};

/** Bytes of binary outputs that one draft keeps; beyond it they are made again by running. */
const MAX_STORED_BLOBS = 16 * 1024 * 1024;

export function queuedRun(
  source: string,
  language: Language,
  parameters: Readonly<Record<string, unknown>>,
  before: CellRun | null,
): CellRun {
  return {
    phase: 'queued',
    source,
    language,
    parameters: JSON.stringify(parameters),
    outputs: before?.outputs ?? [],
    artifacts: before?.artifacts ?? [],
    blobs: before?.blobs ?? new Map(),
    error: null,
    outcome: null,
    fuel: null,
    memory_bytes: null,
    started_at: null,
    duration_ms: null,
    trust: DRAFT_TRUST,
  };
}

export function runningRun(run: CellRun, now: number): CellRun {
  return { ...run, phase: 'running', outputs: [], artifacts: [], blobs: new Map(), started_at: now };
}

export function finishedRun(run: CellRun, result: StepResult): CellRun {
  return {
    ...run,
    phase: 'done',
    outputs: result.step.outputs,
    artifacts: result.artifacts,
    blobs: result.blobs,
    error: result.error,
    outcome: result.step.outcome,
    fuel: result.step.fuel,
    memory_bytes: result.memory_bytes,
    duration_ms: result.duration_ms,
  };
}

/** Stopped by the person: what it had shown stays to be read, and is no result. */
export function stoppedRun(run: CellRun): CellRun {
  return { ...run, phase: 'done', outcome: null };
}

/** Whether what would run now differs from what ran. */
export function isStale(
  run: CellRun,
  source: string,
  language: Language,
  parameters: Readonly<Record<string, unknown>>,
): boolean {
  return (
    run.phase === 'done' &&
    (run.source !== source || run.language !== language || run.parameters !== JSON.stringify(parameters))
  );
}

export function storedRuns(runs: ReadonlyMap<string, CellRun>): Record<string, StoredRun> {
  let room = MAX_STORED_BLOBS;
  const stored: Record<string, StoredRun> = {};
  for (const [id, run] of runs) {
    if (run.phase !== 'done') continue;
    const { phase: _phase, started_at: _started, blobs, ...rest } = run;
    const size = [...blobs.values()].reduce((sum, bytes) => sum + bytes.length, 0);
    const fits = size <= room;
    if (fits) room -= size;
    stored[id] = { ...rest, blobs: fits ? Object.fromEntries(blobs) : {} };
  }
  return stored;
}

export function runFromStored(run: StoredRun): CellRun {
  return { ...run, phase: 'done', started_at: null, blobs: new Map(Object.entries(run.blobs)) };
}
