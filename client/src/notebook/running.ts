/** Between the kernel and the cells: what runs, in which order, and what becomes of its outputs. */
import type { OutputChange } from '../kernel/runtime.ts';
import {
  createKernelSession,
  type Choosing,
  type KernelSession,
  type OpenKernel,
  type StepListener,
} from '../kernel/session.ts';
import { changeOutputs } from '../outputs/stream.ts';
import type { CodeCell } from './cell.ts';
import { finishedRun, queuedRun, runningRun, stoppedRun, type CellRun } from './runs.ts';
import { cellById, codeCells, runOf, setRun } from './store.ts';

export interface Runner {
  readonly kernel: KernelSession;
  run(ids: readonly string[]): void;
  runAll(): void;
}

interface RunnerOptions {
  open: OpenKernel;
  choosing: Choosing;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Told when a cell that waited will not run. */
  onDropped: (reason: string) => void;
}

export function createRunner({ open, choosing, now, onDropped }: RunnerOptions): Runner {
  /** What a cell showed before it was queued: it comes back when the cell does not run after all. */
  const before = new Map<string, CellRun | null>();
  const previews = frameBatcher((cellId, changes) => {
    const run = runOf(cellId).peek();
    if (run?.phase === 'running') setRun(cellId, { ...run, outputs: changes.reduce(changeOutputs, [...run.outputs]) });
  });

  const listener: StepListener = {
    onStart(cellId) {
      const run = runOf(cellId).peek();
      if (run !== null) setRun(cellId, runningRun(run, now()));
    },
    onOutput: (cellId, change) => previews.add(cellId, change),
    onDone(cellId, result) {
      previews.clear(cellId);
      before.delete(cellId);
      const run = runOf(cellId).peek();
      if (run !== null) setRun(cellId, finishedRun(run, result));
    },
    onStopped(cellId) {
      before.delete(cellId);
      const run = runOf(cellId).peek();
      if (run !== null) setRun(cellId, stoppedRun(run));
    },
    onDropped(cellId, reason) {
      previews.clear(cellId);
      setRun(cellId, before.get(cellId) ?? null);
      before.delete(cellId);
      if (reason !== null) onDropped(reason);
    },
  };
  const kernel = createKernelSession(open, listener, choosing);

  const enqueue = (cell: CodeCell): void => {
    const run = runOf(cell.id).peek();
    // A cell that waits or runs is asked for again only once it is done.
    if (run !== null && run.phase !== 'done') return;
    before.set(cell.id, run);
    setRun(cell.id, queuedRun(cell.source, cell.language, cell.parameters, run));
    kernel.enqueue({
      object_id: cell.id,
      language: cell.language,
      source: cell.source,
      parameters: { ...cell.parameters },
    });
  };

  return {
    kernel,
    run(ids) {
      for (const id of ids) {
        const cell = cellById(id);
        if (cell?.kind === 'code') enqueue(cell);
      }
    },
    runAll() {
      for (const cell of codeCells()) enqueue(cell);
    },
  };
}

/** Outputs that arrive between two frames are shown together, so that a flood of lines costs one drawing. */
function frameBatcher(show: (cellId: string, changes: readonly OutputChange[]) => void): {
  add: (cellId: string, change: OutputChange) => void;
  clear: (cellId: string) => void;
} {
  const waiting = new Map<string, OutputChange[]>();
  let scheduled = false;
  const flush = (): void => {
    scheduled = false;
    for (const [cellId, changes] of waiting) show(cellId, changes);
    waiting.clear();
  };
  return {
    add(cellId, change) {
      const changes = waiting.get(cellId);
      if (changes) changes.push(change);
      else waiting.set(cellId, [change]);
      if (!scheduled) requestAnimationFrame(flush);
      scheduled = true;
    },
    clear: (cellId) => void waiting.delete(cellId),
  };
}
