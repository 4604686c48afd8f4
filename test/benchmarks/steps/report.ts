/** What the host adds to a step, in Node and in Chromium. */
import { createHash } from 'node:crypto';
import { openKernel, type Host, type EnvironmentSource } from '@praxis/wasm-runtime';
import { chromium } from 'playwright-core';
import { CHROMIUM_ARGUMENTS, requireChromium } from '../../support/chromium.ts';
import { openRunPage } from '../../support/run-page.ts';
import { startServer } from '../../support/server-process.ts';
import { row } from '../measure.ts';
import { timeSteps, type StepTimes } from './times.ts';

export interface StepBenchmark {
  host: Host;
  environments: EnvironmentSource;
  env_version: string;
  rounds: number;
}

export async function reportSteps(options: StepBenchmark): Promise<void> {
  console.log(
    '\n## What the host adds to a step: one without work, and 10 MB that leave the guest against a copy and a hash',
  );
  const kernel = await openKernel(options);
  report('Node', await timeSteps(kernel, (bytes) => createHash('sha256').update(bytes).digest(), options.rounds));
  kernel.close();
  report('Chromium', await inChromium(options));
}

async function inChromium({ env_version, rounds }: StepBenchmark): Promise<StepTimes> {
  const server = await startServer(['--unjailed-replay']);
  const browser = await chromium.launch({ executablePath: requireChromium(), args: [...CHROMIUM_ARGUMENTS] });
  try {
    const page = await browser.newPage({ baseURL: server.url });
    await openRunPage(page, { isolated: true });
    return await page.evaluate(([version, count]) => window.praxisTest.timeSteps(version, count), [
      env_version,
      rounds,
    ] as const);
  } finally {
    await browser.close();
    await server.stop();
  }
}

function report(where: string, { empty, artifact }: StepTimes): void {
  for (const language of ['python', 'javascript'] as const) {
    const times = empty[language];
    // A step without work is measured against the bar for it: 2 ms.
    console.log(row(`${where}, ${language}, no work`, { ours: times, theirs: times.map(() => 2) }));
    console.log(row(`${where}, ${language}, 10 MB`, artifact[language]));
  }
}
