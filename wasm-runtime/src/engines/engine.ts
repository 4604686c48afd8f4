/** What every engine gives the session that runs steps in it. */
import type { Begin, GivenFiles, Interrupt } from '../hosts/protocol.ts';
import type { Answer, Question, QuestionKind } from '../run/ask.ts';
import type { Collector } from '../run/collector.ts';
import type { ProgramStep } from '../run/program.ts';
import type { RunErrorCode } from '../run/record.ts';
import type { Given } from './given.ts';

/** How the guest's own code ended: it is the guest's word, and concerns only its own record. */
export interface GuestError {
  code: Extract<RunErrorCode, 'PYTHON_EXCEPTION' | 'JAVASCRIPT_EXCEPTION' | 'SYNTAX_ERROR' | 'PACKAGE_UNAVAILABLE'>;
  name: string;
  message: string;
  traceback: string;
  /** 1-based place in the step's source. */
  line?: number;
  column?: number;
  /** With PACKAGE_UNAVAILABLE: what there is instead. */
  advice?: string;
  /** The guest ran into a refused request: classify as this limit. Amounts are in the unit of the limit. */
  limit?: {
    code: 'MEMORY' | 'FILES';
    limit: number;
    used: number;
    unit: 'MiB of memory' | 'KiB of files' | 'files' | 'open files';
  };
}

export interface EngineStep {
  step: ProgramStep;
  /** What this step may use; 0 or more. */
  fuel: bigint;
  /** Missing input is reported to the host instead of being the end of the file. */
  interactive: boolean;
  /** What tracebacks call the step's source. */
  filename: string;
  /** Whether somebody asks now for the step to be interrupted; true once for each time. */
  isInterrupted: () => boolean;
  /** Told of each interrupt that was asked for, and where it met the step. */
  onInterrupt: (interrupt: Interrupt) => void;
}

export interface EngineStepEnd {
  /** null: succeeded */
  error: GuestError | null;
  /** Events of the step that it consumed. */
  events_used: number;
}

export interface Engine {
  /** Fixes seed, clock, limits and inputs and flips the gate to guest mode. Once. */
  begin(begin: Begin, collector: Collector): void;
  /** Runs one step synchronously. @throws GuestTrap when the guest was stopped for good; the engine is then dead. */
  run(step: EngineStep): EngineStepEnd;
  /**
   * Answers a question between steps, which leaves no trace. @returns null when there is no answer
   * @throws Error when the engine could not be put back: it is then of no further use
   */
  ask(about: QuestionKind, question: Question): Answer | null;
  /** Takes its late files, between steps. */
  completeFiles(late: Given): void;
  /** Fuel used by the last step (allowed amount when a limit cut it). */
  fuelUsed(): number;
  /** Size of linear memory, bytes. */
  memoryBytes(): number;
}

export type RestoreEngine = (files: GivenFiles) => Promise<Engine>;
