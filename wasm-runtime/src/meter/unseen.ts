/**
 * Which functions look at the counter when they are left. Loops look at it where they go round, handlers where they catch, and functions
 * that count depth when they are entered; in between, a function that calls another twice, which calls a third twice, and
 * so on, could do much unseen. So a function that may use more than `UNSEEN_FUEL` before anybody looks does so itself. Where one calls so
 * many others that it may use more than `MOST_UNSEEN_FUEL` before it is left, these look as well.
 */
import { type CallGraph } from './calls.ts';

/** Fuel; loops count once, since they look by themselves. */
export const UNSEEN_FUEL = 20_000;
/** A fraction of a second. */
export const MOST_UNSEEN_FUEL = 50_000_000;

/**
 * @param counted functions that count depth, one byte each, 1 for those that do: what remains has no cycles
 * @returns one byte per defined function: 1 when it looks
 */
export function lookingFunctions({ callees, sites, weights }: CallGraph, counted: Uint8Array): Uint8Array {
  const looks = new Uint8Array(callees.length);
  /** What each uses before it looks or is left, at most; 0 where that is not known yet. */
  const unseen = new Float64Array(callees.length);
  // Callees first.
  const path: { readonly vertex: number; next: number }[] = [];
  for (let root = 0; root < callees.length; root++) {
    if (unseen[root] === 0) path.push({ vertex: root, next: 0 });
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { vertex } = top;
      const callee = callees[vertex]?.[top.next++];
      if (callee !== undefined) {
        if (counted[callee] === 0 && unseen[callee] === 0) path.push({ vertex: callee, next: 0 });
        continue;
      }
      path.pop();
      let total = weights[vertex] ?? 0;
      for (const [index, each] of (callees[vertex] ?? []).entries())
        if (counted[each] === 0 && looks[each] === 0) total += (sites[vertex]?.[index] ?? 0) * (unseen[each] ?? 0);
      if (total > MOST_UNSEEN_FUEL) for (const each of callees[vertex] ?? []) looks[each] = 1;
      unseen[vertex] = total;
      if (total > UNSEEN_FUEL) looks[vertex] = 1;
    }
  }
  return looks;
}
