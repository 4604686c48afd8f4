/** Verifying the open document, as the page shows it: stages, outputs as they become known, the verdict. */
import { batch } from '@preact/signals';
import type { Api } from '../api/api.ts';
import { messageOf } from '../api/problems.ts';
import { openDocument } from '../documents/current.ts';
import { chosenLimits } from '../kernel/limits.ts';
import { runProgram, type StepEvent } from '../kernel/runtime.ts';
import { runsOfRecord } from '../notebook/record-runs.ts';
import { cells, setRun } from '../notebook/store.ts';
import { verification } from '../trust/verification.ts';
import { verify, type Executor, type VerifyStage } from '../trust/verifying.ts';

interface Parts {
  api: Api;
  newId: () => string;
  /** What cells have read from outside in the kernel of this page, by cell. */
  events: Readonly<Record<string, StepEvent[]>>;
}

/** Never throws: what went wrong is part of the state that the page shows. */
export async function verifyDocument(
  { api, newId, events }: Parts,
  executor: Executor,
  revisionId: string,
): Promise<void> {
  const open = openDocument.peek();
  if (open === null || verification.peek().kind === 'going') return;
  // The cells as they were saved: outputs belong to these, whatever is typed meanwhile.
  const saved = cells.peek();
  const known = new Set(saved.filter((cell) => cell.kind === 'code').map((cell) => cell.id));
  const cancelling = new AbortController();
  const { signal } = cancelling;
  const onStage = (stage: VerifyStage): void => {
    if (!signal.aborted) verification.value = { kind: 'going', stage, cancel: () => cancelling.abort() };
  };
  onStage({ kind: 'saving' });
  try {
    const trust = await verify(
      {
        api,
        run: (program, { onStep }) =>
          runProgram(program, { onStep, signal, input: (digest) => api.artifacts.download(open.workspaceId, digest) }),
        newKey: newId,
        sleep: (ms) => sleep(ms, signal),
        signal,
        onStage,
        onRecord: (record, blobs, found) => {
          if (openDocument.peek()?.id !== open.id) return;
          batch(() => {
            for (const [id, run] of runsOfRecord(saved, record, blobs, found)) setRun(id, run);
          });
        },
      },
      {
        workspaceId: open.workspaceId,
        revisionId,
        executor,
        limits: chosenLimits.peek(),
        events: Object.fromEntries(Object.entries(events).filter(([id]) => known.has(id))),
      },
    );
    verification.value = { kind: 'done', trust };
  } catch (error) {
    verification.value = signal.aborted ? { kind: 'none' } : { kind: 'failed', message: messageOf(error) };
  }
}

/** Rejects as soon as the signal is aborted. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(new DOMException('Cancelled', 'AbortError'));
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
