import { describe, expect, test } from 'vitest';
import { DEFAULT_EPOCH_MS } from '../../../../wasm-runtime/src/run/program.ts';
import { openSession } from './support.ts';

const DAY_MS = 86_400_000;

describe('the clock', () => {
  test('starts at the epoch of the program, in UTC', async () => {
    const { run } = await openSession({}, { epoch_ms: Date.UTC(2031, 6, 1, 12) });
    expect(run('new Date().toISOString().slice(0, 19)').result).toBe("'2031-07-01T12:00:00'");
    expect(
      run(
        '[new Date().getTimezoneOffset(), new Date(2020, 6, 1).getTime() === Date.UTC(2020, 6, 1), String(new Date(0))]',
      ).result,
    ).toBe("[ 0, true, 'Thu Jan 01 1970 00:00:00 GMT+0000' ]");
  });

  test('is moved by work and by waiting, and never back', async () => {
    const { run } = await openSession();
    run(
      'const times = [performance.now(), performance.now()]; for (let n = 0; n < 1e5; n++); times.push(performance.now());',
    );
    run('await new Promise((done) => setTimeout(done, 250)); times.push(performance.now())');
    const { result } = run(
      '[times[0] < times[1], times[2] - times[1] > 1, times[3] - times[2] >= 250, times[3] - times[2] < 300]',
    );
    expect(result).toBe('[ true, true, true, true ]');
  });

  test('waits of any length take no time of the host', async () => {
    const { run } = await openSession();
    const { result, fuel } = run(
      `const start = Date.now(); await new Promise((done) => setTimeout(done, ${20 * DAY_MS})); Date.now() - start`,
    );
    expect(result).toBe(String(20 * DAY_MS));
    expect(fuel).toBeLessThan(2_000_000);
  });

  test('has an end', async () => {
    const { run } = await openSession({}, { epoch_ms: 9_000_000_000_000 });
    const { error } = run('for (let n = 0; n < 200; n++) await new Promise((done) => setTimeout(done, 2 ** 31 - 1))');
    expect(error).toMatchObject({ name: 'RangeError', message: 'the clock of the sandbox does not go that far' });
    expect(run('new Date().getUTCFullYear()').result).toBe('2262');
  });
});

describe('timers', () => {
  test('run in the order of their times, those of one time in the order of their making', async () => {
    const { run } = await openSession();
    const { stdout } = run(`
      const log = [];
      for (const [name, delay] of [['c', 30], ['a', 10], ['z', 0], ['b', 20], ['a2', 10], ['y', undefined], ['x', -5], ['w', NaN]]) {
        setTimeout((...given) => log.push(given.join('')), delay, name, '!');
      }
      setTimeout(() => console.log(log.join(' ')), 1000);
    `);
    expect(stdout).toBe('z! y! x! w! a! a2! b! c!\n');
  });

  test('a thousand timers run sorted', async () => {
    const { run } = await openSession();
    const { result } = run(`
      const seen = [];
      let state = 12345;
      for (let n = 0; n < 1000; n++) {
        state = (state * 1103515245 + 12345) % 2147483648;
        const delay = 1000 + (state % 5000);
        setTimeout(() => seen.push(delay), delay);
      }
      await new Promise((done) => setTimeout(done, 10000));
      [seen.length, seen.every((delay, at) => at === 0 || seen[at - 1] <= delay + 100)]
    `);
    expect(result).toBe('[ 1000, true ]');
  });

  test('intervals repeat until they are cleared, also from within', async () => {
    const { run } = await openSession();
    expect(
      run(
        'let n = 0; const id = setInterval((step) => { n += step; if (n === 6) clearInterval(id); }, 1000, 2); const t0 = Date.now();',
      ).error,
    ).toBeNull();
    expect(run('[n, Date.now() - t0 >= 3000, Date.now() - t0 < 3100]').result).toBe('[ 6, true, true ]');
    expect(
      run(
        'const gone = setTimeout(() => console.log("no"), 5); clearTimeout(gone); clearTimeout(gone); clearTimeout(99); clearTimeout(undefined); clearTimeout({})',
      ),
    ).toMatchObject({
      error: null,
      stdout: '',
    });
  });

  test('jobs run between them', async () => {
    const { run } = await openSession();
    const { stdout } = run(
      'setTimeout(() => { console.log(1); Promise.resolve().then(() => console.log(2)); }, 1); setTimeout(() => console.log(3), 1)',
    );
    expect(stdout).toBe('1\n2\n3\n');
  });

  test('the live clock waits', async () => {
    const { run } = await openSession({}, { clock: 'live' });
    const before = Date.now();
    const { result } = run(
      'const t = Date.now(); await new Promise((done) => setTimeout(done, 30)); [t, Date.now() - t >= 29]',
    );
    expect(Date.now() - before).toBeGreaterThanOrEqual(29);
    expect(result).toMatch(/^\[ \d+, true \]$/);
    const told = Number(/\d+/.exec(result ?? '')?.[0]);
    expect(told).toBeGreaterThan(DEFAULT_EPOCH_MS - 400 * DAY_MS);
    expect(told).toBeGreaterThanOrEqual(before - 1);
  });
});
