/** Libraries of JavaScript in sandbox processes: one record, however often, warm or not, in a run or a kernel. Needs a build. */
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openKernel, prewarm, replay, run, type EnvironmentSource } from '@praxis/wasm-runtime';
import {
  currentEnvironment,
  environments,
  host,
  programOf,
  runSource,
  watchedEnvironments,
} from '../../support/node-runs.ts';
import { fixtureInput, fixtureProgram, listFixtures, streamText } from '../../support/run-fixtures.ts';

const LIBRARIES = 'javascript.libraries';
const ROOT = join(import.meta.dirname, '../../..');
const programs = listFixtures().filter(({ file }) => file.startsWith('library-'));

describe('a program over libraries', () => {
  it('is one of a dozen', () => expect(programs.length).toBeGreaterThanOrEqual(12));

  it.each(programs)('$file gives one record, again and in a warm sandbox', async (fixture) => {
    const program = fixtureProgram(fixture);
    const options = { host, environments, inputs: fixtureInput };
    const [once, again] = [await run(program, options), await run(program, options)];
    expect(again.run_digest).toBe(once.run_digest);
    const { env_version } = program;
    const prewarmed = await prewarm({ ...options, env_version, cpu_ms: 60_000, engines: ['javascript'] });
    const { verdict, reason } = await replay(once.program, once.record, { ...options, prewarmed });
    expect(`${verdict}: ${reason}`).toMatch(/^MATCH/);
  });
});

describe('the libraries of an environment', () => {
  const kernelOf = (source: EnvironmentSource) =>
    openKernel({ host, environments: source, env_version: currentEnvironment() });
  const step = (source: string) => ({ object_id: 'program', language: 'javascript' as const, source });

  it('are not fetched for a program that imports nothing', async () => {
    const { source, files } = watchedEnvironments();
    const program = programOf('javascript', '[1, 2].map((x) => 2 * x)');
    expect((await run(program, { host, environments: source })).record.outcome).toBe('succeeded');
    const kernel = await kernelOf(source);
    expect((await kernel.execute(step('1 + 1'))).error).toBeNull();
    kernel.close();
    expect(files).toContain('javascript.snapshot');
    expect(files).not.toContain(LIBRARIES);
  });

  it('are there before a step of a kernel that imports, which does not start over', async () => {
    const { source, files } = watchedEnvironments();
    const kernel = await kernelOf(source);
    let cleared = 0;
    const text = "import { sum } from 'd3-array';\nconsole.log(sum([1, 2]))";
    const result = await kernel.execute(step(text), { onClear: () => (cleared += 1) });
    kernel.close();
    expect([result.error, cleared]).toEqual([null, 0]);
    expect(files).toContain(LIBRARIES);
    expect(result.step).toEqual((await runSource('javascript', text)).record.steps[0]);
  });

  it('make a step start over that makes up its import, with the same record', async () => {
    const text =
      "console.log('once');\nconst d3 = await eval('im' + 'port(\"d3-array\")');\nconsole.log(d3.sum([1, 2]))";
    const kernel = await kernelOf(watchedEnvironments().source);
    const shown: string[] = [];
    const result = await kernel.execute(step(text), {
      onOutput: (output) => shown.push(output.type === 'stream' ? output.text : output.type),
      onClear: () => void (shown.length = 0),
    });
    const later = await kernel.execute(step('d3.sum([3, 4])'));
    kernel.close();
    expect(shown.join('')).toBe('once\n3\n');
    const { record, run_digest } = await runSource('javascript', text);
    expect(result.step).toEqual(record.steps[0]);
    expect(streamText(record, 'stdout')).toBe('once\n3\n');
    expect(later.step.outputs[0]).toMatchObject({ data: { 'text/plain': '7' } });
    expect((await runSource('javascript', text)).run_digest).toBe(run_digest);
  });

  it('that cannot be had end the step that imports, and not the kernel', async () => {
    const { source } = watchedEnvironments();
    let offline = true;
    const broken: EnvironmentSource = {
      ...source,
      file: (version, file, onBytes) =>
        offline && file.file === LIBRARIES
          ? Promise.reject(new Error('no connection'))
          : source.file(version, file, onBytes),
    };
    const kernel = await kernelOf(broken);
    expect((await kernel.execute(step("// no import at all\nlet kept = 'kept'"))).error).toBeNull();
    const failed = await kernel.execute(step("import 'd3-array'"));
    expect(failed.error?.message).toContain('no connection');
    offline = false;
    expect(
      (await kernel.execute(step("import { sum } from 'd3-array'; kept + sum([1])"))).step.outputs[0],
    ).toMatchObject({ data: { 'text/plain': "'kept1'" } });
    kernel.close();
  });

  it('leave nothing of one run to the next', async () => {
    const clean =
      "import * as aq from 'arquero'; console.log(aq.table({ x: [1] }).derive({ y: (d) => d.x + 1 }).get('y'), {}.bad)";
    const before = await runSource('javascript', clean);
    const spoiling = `import * as aq from 'arquero'; aq.addFunction('bad', () => 'bad');
aq.ColumnTable.prototype.get = () => 'bad'; Object.prototype.bad = 'bad'; Function.prototype.call = null;`;
    await runSource('javascript', spoiling);
    const after = await runSource('javascript', clean);
    expect(streamText(after.record, 'stdout')).toBe('2 undefined\n');
    expect(after.run_digest).toBe(before.run_digest);
  });

  it('are listed with versions, licences and digests', async () => {
    const show = (...args: string[]) =>
      execFileSync(process.execPath, ['server/bin/praxis.js', 'env', 'show', 'python', ...args], {
        cwd: ROOT,
        encoding: 'utf8',
      });
    const { engines } = await environments.manifest(currentEnvironment());
    const libraries = engines.javascript.libraries ?? [];
    expect(libraries.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['arquero', 'd3-array', 'simple-statistics']),
    );
    const text = show();
    for (const { name, version, licence, digest } of libraries) {
      expect(text).toMatch(new RegExp(`  ${name} ${version.replaceAll('.', '\\.')} +${licence} +${digest}\n`));
    }
    expect(JSON.parse(show('--json'))).toMatchObject({ engines: { javascript: { libraries } } });
  });

  it('come with the texts of their licences', async () => {
    const manifest = await environments.manifest(currentEnvironment());
    const { late, module } = manifest.engines.javascript.files;
    if (!late) throw new Error('the environment has no libraries');
    expect(module.file).toBe('javascript.wasm');
    const bytes = await environments.file(currentEnvironment(), late);
    if (!(bytes instanceof Uint8Array)) throw new TypeError('expected bytes');
    const text = new TextDecoder().decode(bytes);
    for (const { name } of manifest.engines.javascript.libraries ?? [])
      expect(text).toContain(readFileSync(join(ROOT, 'node_modules', name, 'LICENSE'), 'utf8').trim());
    expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(late.digest);
  });
});
