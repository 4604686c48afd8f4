// What the children of controls have in common: programs come as lines of JSON, and marks between their outputs say how they fared.
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** Stands before each mark, and in nothing that the cases print. */
const MARK = '\u001e';

export function mark(value) {
  writeSync(1, `${MARK}${JSON.stringify(value)}\n`);
}

export function print(text) {
  writeSync(1, `${text}\n`);
}

/** Runs one program after the other. @param {(code: string) => Promise<void>} run */
export async function serve(run) {
  mark({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, code } = JSON.parse(line);
    mark({ begin: id });
    let error = null;
    try {
      await run(code);
    } catch (thrown) {
      error = String(thrown).slice(-2000);
    }
    mark({ end: id, error });
  }
}
