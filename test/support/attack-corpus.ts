/** Corpora of attacks: programs of somebody who wants out of the sandbox, more than it gives, or to be believed. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Language, Outcome, RunErrorCode } from '@praxis/wasm-runtime';

/** Engines without our walls, in which the same code shows what it would do. */
export type ControlEngine = 'stock-node' | 'node-vm';

export interface AttackCase {
  id: string;
  group: string;
  title: string;
  code: string;
  /** The environment that it runs in; `python` where it names none. */
  environment?: string;
  /** Null: nothing stands on standard input. */
  stdin: string | null;
  /** Texts of its inputs by path. */
  inputs?: Record<string, string>;
  limits: { fuel: number; memory_mb: number };
  expect: {
    /** Those that are right. */
    outcomes: Outcome[];
    error_code?: RunErrorCode;
    /** Nowhere in the record or on stderr; `{cwd}` is the folder that the command was started in, in the record. */
    must_not_print?: string[];
    stdout?: string;
    same_over_runs?: boolean;
    no_network?: boolean;
    /** Most bytes that the command may print. */
    max_record_bytes?: number;
    /** For people who try a case by hand: tests count no time. */
    max_wall_s?: number;
  };
  /** The same code without our walls, and what it did there. */
  control?: ControlEngine | null;
  control_saw?: string | null;
  /** Why there is no control. */
  control_note?: string;
}

export const OWN_CORPUS = join(import.meta.dirname, '../../fixtures/attacks');

/** What somebody may have laid beside a checkout. */
export const SHARED_CORPUS = join(
  process.env['PRAXIS_SHARED'] ?? join(import.meta.dirname, '../../../shared'),
  'attacks',
);

/** Cases of a language, or those in Python that go through compiled libraries; none when the folder has none. */
export function readCorpus(folder: string, part: Language | 'packages'): AttackCase[] {
  const file = join(folder, `${part}.json`);
  // Test data of a fixed form, and checked by use.
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as AttackCase[]) : [];
}

/** Rows of `it.each`. */
export const named = (cases: readonly AttackCase[]) =>
  cases.map((entry) => [`${entry.id}: ${entry.title}`, entry] as const);
