/** What a program says of its progress. Its text comes from a cell, so every part of it is checked. */

export interface Progress {
  value: number;
  /** `null` when nobody knows how much there will be. */
  total: number | null;
  label: string;
  state: 'running' | 'done' | 'stopped';
}

const MAX_LABEL_LENGTH = 200;

/** @returns null for what is no progress: its text form is then shown */
export function readProgress(source: string): Progress | null {
  let read: unknown;
  try {
    read = JSON.parse(source);
  } catch {
    return null;
  }
  if (typeof read !== 'object' || read === null) return null;
  const { value, total, label, state } = read as Record<string, unknown>;
  if (!isCount(value) || !(total === null || isCount(total))) return null;
  return {
    value,
    total,
    label: typeof label === 'string' ? label.slice(0, MAX_LABEL_LENGTH) : '',
    state: state === 'done' || state === 'stopped' ? state : 'running',
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
