/** Programs over compiled libraries in sandbox processes: the same record each time, and what mathematics says. Needs a build. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { jsonDigest, run } from '@praxis/wasm-runtime';
import { describe, expect, it } from 'vitest';
import { builtEnvironment } from '../../support/environments.ts';
import { environments, host, runSource } from '../../support/node-runs.ts';
import { listPackagePrograms, notBuilt, packageProgram } from '../../support/package-programs.ts';
import { streamText } from '../../support/run-fixtures.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** `npm run conformance:engines -- --only packages` runs all of them. */
const EVERY = 6;
const sample = listPackagePrograms().filter((_program, index) => index % EVERY === 0);

describe('a program over packages gives one record', () => {
  it.for(sample.map((entry) => [`${entry.environment}/${entry.name}`, entry] as const))(
    '%s',
    async ([, entry], { skip }) => {
      const program = packageProgram(entry);
      if (!program) return skip(notBuilt(entry.environment));
      const [once, again] = [await run(program, { host, environments }), await run(program, { host, environments })];
      expect(once.record.outcome).toBe('succeeded');
      expect(again.record).toEqual(once.record);
      expect(again.run_digest).toBe(once.run_digest);
    },
  );

  it('also when another process runs it', async ({ skip }) => {
    const env_version = builtEnvironment('data');
    if (env_version === undefined) return skip(notBuilt('data'));
    const file = 'fixtures/programs/packages/data/decompositions.py';
    const command = ['server/bin/praxis.js', 'run', '--env', 'data', '--json', file];
    const running = promisify(execFile)(process.execPath, command, { cwd: ROOT });
    running.child.stdin?.end();
    const { stdout } = await running;
    // What it is is checked right here.
    const { run_digest, observed: _observed, ...record } = JSON.parse(stdout) as Record<string, unknown>;
    expect(jsonDigest(record)).toBe(run_digest);
    const entry = listPackagePrograms().find(({ name }) => name === 'decompositions');
    const program = entry && packageProgram(entry);
    if (!program) throw new Error('the program of this test is gone');
    expect((await run(program, { host, environments })).run_digest).toBe(run_digest);
  });
});

/** Texts that are known without running anything. */
const KNOWN: readonly [what: string, environment: 'data' | 'science', source: string, stdout: string][] = [
  ['a solved system', 'data', 'import numpy as np; print(np.linalg.solve([[2, 1], [1, 3]], [3, 5]).round(12))', '[0.8 1.4]\n'],
  ['a transform of an impulse', 'data', 'import numpy as np; print((np.fft.fft([1, 0, 0, 0]) == 1).all())', 'True\n'],
  ['the ten-thousandth draw of MT19937, as C++ says it must be', 'data', 'import numpy as np; print(np.random.RandomState(5489).randint(0, 2**32, 10000, np.uint32)[-1])', '4123659995\n'],
  ['sums of groups', 'data', 'import pandas as pd; print(pd.Series([1, 2, 3, 4]).groupby([0, 1, 0, 1]).sum().tolist())', '[4, 6]\n'],
  ['an image that is turned', 'data', 'from PIL import Image; i = Image.new("L", (2, 1)); i.putdata([1, 2]); print(list(i.transpose(Image.Transpose.FLIP_LEFT_RIGHT).getdata()))', '[2, 1]\n'],
  ['an integral', 'science', 'from scipy.integrate import quad; import math; print(round(quad(math.sin, 0, math.pi)[0], 12))', '2.0\n'],
  ['a root', 'science', 'from scipy.optimize import brentq; print(round(brentq(lambda x: x * x - 2, 0, 2), 10))', '1.4142135624\n'],
  ['a quantile', 'science', 'from scipy.stats import norm; print(norm.ppf(0.975).round(9))', '1.959963985\n'],
  ['a fitted line', 'science', 'from sklearn.linear_model import LinearRegression; m = LinearRegression().fit([[0], [1], [2]], [1, 3, 5]); print(m.coef_.round(9), round(m.intercept_, 9))', '[2.] 1.0\n'],
]; // prettier-ignore

/** Each throws inside of a library: an ordinary exception of Python comes out, and the program goes on. */
const THROWN: readonly [what: string, environment: 'data' | 'science', source: string, exception: string][] = [
  ['a font that is none', 'data', 'from matplotlib.ft2font import FT2Font; open("/job/f", "w").write("x"); FT2Font("/job/f")', 'RuntimeError'],
  ['a cosine transform of one point', 'science', 'from scipy import fft; fft.dct([1.0], 1)', 'RuntimeError'],
  ['points without a hull', 'science', 'from scipy.spatial import ConvexHull; ConvexHull([[0, 0], [1, 1], [2, 2]])', 'QhullError'],
  ['a cut JPEG', 'data', 'import io; from PIL import Image; b = io.BytesIO(); Image.new("RGB", (64, 64)).save(b, "JPEG"); Image.open(io.BytesIO(b.getvalue()[:400])).load()', 'OSError'],
]; // prettier-ignore

describe('libraries compute', () => {
  it.for(KNOWN)('%s', async ([, environment, source, stdout], { skip }) => {
    const env_version = builtEnvironment(environment);
    if (env_version === undefined) return skip(notBuilt(environment));
    expect(streamText((await runSource('python', source, { env_version })).record, 'stdout')).toBe(stdout);
  });
});

describe('what C++ throws is an exception of Python', () => {
  it.for(THROWN)('%s', async ([, environment, source, exception], { skip }) => {
    const env_version = builtEnvironment(environment);
    if (env_version === undefined) return skip(notBuilt(environment));
    const caught = `for time in range(3):
    try:
        exec(${JSON.stringify(source)})
    except Exception as error:
        print(type(error).__name__)`;
    const { record } = await runSource('python', caught, { env_version });
    expect(record.error).toBeNull();
    expect(streamText(record, 'stdout')).toBe(`${exception}\n`.repeat(3));
  });
});
