/** Why a test may have another outcome metered than on stock Pyodide. Whatever is not here is a defect until somebody knows better. */

export interface Explanation {
  /** Of pytest's node ids. */
  tests: RegExp;
  /** Outcomes, any of these. A test that a side did not get to, or left out, has `none`. */
  stock: readonly string[];
  metered: readonly string[];
  /** What one of both sides said. */
  why?: RegExp;
  reason: string;
}

export const EXPLANATIONS: readonly Explanation[] = [];
