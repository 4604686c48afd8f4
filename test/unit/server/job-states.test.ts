/** The life of a job, row by row. */
import { describe, expect, it } from 'vitest';
import { canMove, JOB_STATUSES, statusOf } from '../../../server/src/jobs/states.ts';

const ALLOWED = new Set([
  'PENDING → QUEUED',
  'PENDING → CANCELLED',
  'QUEUED → RUNNING',
  'QUEUED → CANCELLED',
  'RUNNING → SUCCEEDED',
  'RUNNING → FAILED',
  'RUNNING → CANCELLED',
  'RUNNING → TIMED_OUT',
]);

describe('a job', () => {
  const pairs = JOB_STATUSES.flatMap((from) => JOB_STATUSES.map((to) => ({ from, to })));
  it.each(pairs)('$from → $to', ({ from, to }) => {
    expect(canMove(from, to)).toBe(ALLOWED.has(`${from} → ${to}`));
  });

  it.each([
    ['succeeded', null, 'SUCCEEDED'],
    ['failed', { category: 'USER_CODE_ERROR', code: 'PYTHON_EXCEPTION' }, 'FAILED'],
    ['limit', { category: 'RESOURCE_LIMIT', code: 'FUEL' }, 'FAILED'],
    ['limit', { category: 'RESOURCE_LIMIT', code: 'MEMORY' }, 'FAILED'],
    ['limit', { category: 'RESOURCE_LIMIT', code: 'WALL_CLOCK' }, 'TIMED_OUT'],
    ['limit', { category: 'RESOURCE_LIMIT', code: 'CPU' }, 'TIMED_OUT'],
    ['violation', { category: 'SANDBOX_VIOLATION', code: 'PROTOCOL' }, 'FAILED'],
    ['internal', { category: 'INTERNAL_ERROR', code: 'HOST_FAILED' }, 'FAILED'],
  ] as const)('whose run ends by %s %o is %s', (outcome, error, expected) => {
    expect(statusOf(outcome, error === null ? null : { ...error, message: '', details: {} })).toBe(expected);
  });
});
