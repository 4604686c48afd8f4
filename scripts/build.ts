/** `npm run build`: makes everything that `npm start` serves, and only what is stale. */
import { BUILD_STEPS } from './build/steps.ts';
import { isFresh, recordRun } from './build/staleness.ts';
import { ROOT } from './process.ts';

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

for (const step of BUILD_STEPS) {
  if (await isFresh(ROOT, step)) {
    console.log(`build: ${step.name} is fresh`);
    continue;
  }
  console.log(`build: ${step.name} …`);
  const start = performance.now();
  try {
    await recordRun(ROOT, step, step.run);
  } catch (error) {
    console.error(`build: ${step.name} failed: ${error instanceof Error ? error.message : String(error)}`);
    console.error(`What to do: ${step.whenItFails}`);
    process.exit(1);
  }
  console.log(`build: ${step.name} done in ${seconds(start)}`);
}
