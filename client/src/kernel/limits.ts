/** The limits that the reader chose for running here, kept in this browser. */
import { signal } from '@preact/signals';
import type { Limits } from './runtime.ts';

const KEY = 'praxis.limits';

/** What may be chosen: name, unit and a scale of values, the usual one among them. */
export const LIMIT_CHOICES = [
  { key: 'fuel', label: 'Fuel of each cell', values: [2e9, 20e9, 100e9, 500e9], usual: 20e9 },
  { key: 'memory_mb', label: 'Memory', values: [256, 512, 1024, 2048], usual: 512 },
  { key: 'timeout_ms', label: 'Time of each cell', values: [30_000, 120_000, 600_000], usual: 120_000 },
] as const satisfies readonly { key: keyof Limits; label: string; values: readonly number[]; usual: number }[];

export type ChosenLimits = Partial<Pick<Limits, 'fuel' | 'memory_mb' | 'timeout_ms'>>;

/** Only what differs from the usual. */
export const chosenLimits = signal<ChosenLimits>(read());

export function chooseLimits(next: ChosenLimits): void {
  const differing = LIMIT_CHOICES.filter(({ key, usual }) => next[key] !== undefined && next[key] !== usual);
  chosenLimits.value = Object.fromEntries(differing.map(({ key }) => [key, next[key]]));
  try {
    localStorage.setItem(KEY, JSON.stringify(chosenLimits.value));
  } catch {
    // They last as long as the page.
  }
}

function read(): ChosenLimits {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    if (typeof stored !== 'object' || stored === null) return {};
    const known = LIMIT_CHOICES.flatMap(({ key, values }) => {
      const value: unknown = Reflect.get(stored, key);
      return values.some((allowed) => allowed === value) ? [[key, value] as const] : [];
    });
    return Object.fromEntries(known);
  } catch {
    return {};
  }
}
