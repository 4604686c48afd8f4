/** Verifying the open document, as the page shows it: stages, outputs as they become known, the verdict. */
import { batch } from '@preact/signals';
import type { Api } from '../api/api.ts';
import { messageOf } from '../api/problems.ts';
import { openDocument } from '../documents/current.ts';
import { chosenLimits } from '../kernel/limits.ts';
import type { Program, RunResult } from '../kernel/runtime.ts';
import { runsOfRecord } from '../notebook/record-runs.ts';
import { cells, setRun } from '../notebook/store.ts';
import { verification } from '../trust/verification.ts';
import { verify, type Executor } from '../trust/verifying.ts';

interface Parts {
  api: Api;
  runProgram: (program: Program, onStep: (index: number) => void) => Promise<RunResult>;
  newId: () => string;
}

/** Never throws: what went wrong is part of the state that the page shows. */
export async function verifyDocument({ api, runProgram, newId }: Parts, executor: Executor, revisionId: string): Promise<void> {
  const open = openDocument.peek();
  if (open === null || verification.peek().kind === 'going') return;
  // The cells as they were saved: outputs belong to these, whatever is typed meanwhile.
  const saved = cells.peek();
  verification.value = { kind: 'going', stage: { kind: 'saving' } };
  try {
    const trust = await verify(
      {
        api,
        run: runProgram,
        newKey: newId,
        sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        onStage: (stage) => {
          verification.value = { kind: 'going', stage };
        },
        onRecord: (record, blobs, known) => {
          if (openDocument.peek()?.id !== open.id) return;
          batch(() => {
            for (const [id, run] of runsOfRecord(saved, record, blobs, known)) setRun(id, run);
          });
        },
      },
      { workspaceId: open.workspaceId, revisionId, executor, limits: chosenLimits.peek() },
    );
    verification.value = { kind: 'done', trust };
  } catch (error) {
    verification.value = { kind: 'failed', message: messageOf(error) };
  }
}
