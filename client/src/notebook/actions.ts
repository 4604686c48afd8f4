/** What a cell can ask of the notebook. The shell makes them, because running needs the kernel and deleting offers an undo. */
import type { Missing, Offered } from '../kernel/choice.ts';
import type { Answer, ArtifactRecord, Language, RunError } from '../kernel/runtime.ts';
import type { ByteSource } from '../outputs/stored-bytes.ts';
import type { CellRun } from './runs.ts';

export interface NotebookActions {
  run(id: string): void;
  runAndAdvance(id: string): void;
  runAndInsert(id: string): void;
  stop(): void;
  addAbove(id: string): void;
  addBelow(id: string): void;
  move(id: string, by: number): void;
  remove(id: string): void;
  copy(id: string): void;
  cut(id: string): void;
  paste(id: string): void;
  toMarkdown(id: string): void;
  toCode(id: string, language?: Language): void;
  /** What the live kernel knows about a place in the cell; `null` when it has nothing to say. */
  askKernel(id: string, about: 'complete' | 'inspect', source: string, cursor: number): Promise<Answer | null>;
  openLimits(): void;
  /** Where the module is that a cell could not import; `null` when it failed otherwise, and until that is known. */
  missing(error: RunError): Missing | null;
  /** Takes the kernel and all that it has run to another environment, and runs the cell there. */
  switchEnvironment(environment: Offered, again: string): void;
  /** `null` where verifying is not possible. */
  verify: (() => void) | null;
  downloadAttestation(jobId: string): void;
  downloadArtifact(run: CellRun, artifact: ArtifactRecord): void;
  bytesOf(run: CellRun): ByteSource;
}
