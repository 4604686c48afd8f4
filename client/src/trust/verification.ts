/** Where the verification that was asked for last stands, for the page to show. */
import { signal } from '@preact/signals';
import type { Trust } from './trust.ts';
import type { VerifyStage } from './verifying.ts';

export type Verification =
  | { kind: 'none' }
  | { kind: 'going'; stage: VerifyStage; cancel: () => void }
  | { kind: 'done'; trust: Trust }
  | { kind: 'failed'; message: string };

export const verification = signal<Verification>({ kind: 'none' });
