/** Why a test may have another outcome metered than on stock Pyodide. Whatever is not here is a defect until somebody knows better. */

export interface Explanation {
  /** pytest's node ids. */
  tests: RegExp;
  /** The outcome on stock Pyodide. */
  from: string;
  /** The outcome metered. */
  to: string;
  /** What one of both sides said. */
  why?: RegExp;
  reason: string;
}

export const EXPLANATIONS: readonly Explanation[] = [];
