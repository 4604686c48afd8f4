/** Times of steps in a kernel, taken in Node and in a page alike: what the host adds to a step, and what bytes cost on their way out. */
import type { Kernel, Language } from '@praxis/wasm-runtime';

export const ARTIFACT_BYTES = 10_000_000;

export interface StepTimes {
  /** Milliseconds of steps without work, from asking to the answer. */
  empty: Record<Language, number[]>;
  /** Milliseconds of steps that hand out an artifact, and of copying and hashing as many bytes where the host stands. */
  artifact: Record<Language, { ours: number[]; theirs: number[] }>;
}

const PREPARE: Record<Language, string> = {
  python: `import praxis, random\ndata = random.Random(1).randbytes(${ARTIFACT_BYTES})`,
  javascript: `const data = new Uint8Array(${ARTIFACT_BYTES}).map((_, index) => index * 31)`,
};
const HAND_OUT: Record<Language, string> = {
  python: 'praxis.artifact("data.bin", data)',
  javascript: 'artifact("data.bin", data)',
};
const EMPTY_STEPS = 20;

/** @param hash the platform's own SHA-256 */
export async function timeSteps(
  kernel: Kernel,
  hash: (bytes: Uint8Array<ArrayBuffer>) => unknown,
  rounds: number,
): Promise<StepTimes> {
  const step = async (language: Language, source: string): Promise<number> => {
    const before = performance.now();
    const { error } = await kernel.execute({ object_id: 'step', language, source });
    if (error) throw new Error(error.message);
    return performance.now() - before;
  };
  const bytes = new Uint8Array(ARTIFACT_BYTES).map((_, index) => index * 31);
  const plainly = async (): Promise<number> => {
    const before = performance.now();
    await hash(bytes.slice());
    return performance.now() - before;
  };
  const times: StepTimes = {
    empty: { python: [], javascript: [] },
    artifact: { python: { ours: [], theirs: [] }, javascript: { ours: [], theirs: [] } },
  };
  for (const language of ['python', 'javascript'] as const) {
    await step(language, PREPARE[language]);
    const pair = times.artifact[language];
    // The first round warms up.
    for (let round = 0; round <= rounds; round++) {
      const empty: number[] = [];
      for (let count = 0; count < EMPTY_STEPS; count++) empty.push(await step(language, ''));
      const [ours, theirs] = [await step(language, HAND_OUT[language]), await plainly()];
      if (round === 0) continue;
      times.empty[language].push(...empty);
      pair.ours.push(ours);
      pair.theirs.push(theirs);
    }
  }
  return times;
}
