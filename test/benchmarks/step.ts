/** One step of a kernel, timed. */
import type { Kernel, Language } from '@praxis/wasm-runtime';

/** The last value is not shown, as the stock engines show none. */
const ENDINGS: Readonly<Record<Language, string>> = { python: '\nNone\n', javascript: '\nundefined;' };

/** @returns milliseconds @throws Error when the program fails */
export async function timeStep(kernel: Kernel, language: Language, source: string): Promise<number> {
  const step = { object_id: 'timed', language, source: source + ENDINGS[language] };
  const before = performance.now();
  const { error } = await kernel.execute(step);
  if (error) throw new Error(error.message);
  return performance.now() - before;
}
