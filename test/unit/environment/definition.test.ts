/** Definitions of environments: those of the project, and everything that a stranger's may have wrong. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  DefinitionError,
  listDefinitions,
  readDefinition,
  whichHave,
} from '../../../wasm-runtime/src/environment/definition.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'praxis-definitions-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const WHEEL = {
  name: 'six',
  version: '1.16.0',
  file: 'six-1.16.0-py2.py3-none-any.whl',
  sha256: '0'.repeat(64),
  licence: 'MIT',
  source: 'pyodide',
  modules: ['six'],
};
const GOOD = {
  name: 'good',
  summary: 'For tests.',
  interpreter: { package: 'pyodide', version: '314.0.7' },
  wheels: [WHEEL],
  imports: ['six.moves'],
};
const write = (name: string, content: unknown) => writeFile(join(folder, `${name}.json`), JSON.stringify(content));
const refused = (name: string) =>
  readDefinition(name, folder).then(
    () => expect.unreachable('it was taken'),
    (error: unknown) => {
      if (!(error instanceof DefinitionError)) throw error;
      return { field: error.field, message: error.message };
    },
  );

describe('the definitions of the project', () => {
  it('can all be read', async () => {
    const names = await listDefinitions();
    expect(names).toEqual(['data', 'python', 'records', 'science']);
    for (const name of names) expect((await readDefinition(name)).name).toBe(name);
  });

  it.for(['data', 'python', 'records', 'science'])(
    '%s names the interpreter that is installed',
    async (name, context) => {
      const { interpreter } = await readDefinition(name);
      const find = createRequire(join(import.meta.dirname, '../../../wasm-runtime/package.json'));
      let installed: unknown;
      try {
        installed = find(`${interpreter.package}/package.json`);
      } catch {
        return context.skip(`the package ${interpreter.package} is not installed`);
      }
      expect(installed).toMatchObject({ version: interpreter.version });
    },
  );

  it('science has all that data has, and more', async () => {
    const [data, science] = await Promise.all([readDefinition('data'), readDefinition('science')]);
    expect(science.wheels.slice(0, data.wheels.length)).toEqual(data.wheels);
    expect(science.imports.slice(0, data.imports.length)).toEqual(data.imports);
    expect(science).toMatchObject({ interpreter: data.interpreter, variables: data.variables });
    expect(science.variables['MPLBACKEND']).toBe('module://_praxis.figures');
  });

  it.each([
    ['sklearn', ['science']],
    ['PIL', ['data', 'science']],
    ['PIL.Image', ['data', 'science']],
    ['dateutil', ['data', 'science']],
    ['pydantic', ['records']],
    ['torch', []],
  ])('say which of them have %s', async (module, environments) => {
    const definitions = await Promise.all((await listDefinitions()).map((name) => readDefinition(name)));
    expect(whichHave(definitions, module).map(({ environment }) => environment)).toEqual(environments);
  });
});

describe('a definition', () => {
  it('has nothing where it says nothing', async () => {
    await write('good', GOOD);
    expect(await readDefinition('good', folder)).toEqual({
      ...GOOD,
      likely: [],
      variables: {},
      exclude: [],
      samples: [],
    });
  });

  it('takes what it extends, and what that extends, before its own', async () => {
    const wheel = (name: string) => ({ ...WHEEL, name, file: `${name}-1.16.0-py3-none-any.whl`, modules: [name] });
    const extending = (name: string, parent: string, own: object) => {
      const { interpreter: _, ...rest } = GOOD;
      return write(name, { ...rest, name, extends: parent, wheels: [], imports: [], ...own });
    };
    await write('good', {
      ...GOOD,
      likely: ['six.moves.urllib'],
      variables: { A: '1', B: '1' },
      exclude: ['**/*.pyi'],
    });
    await extending('more', 'good', { wheels: [wheel('more')], variables: { B: '2' }, exclude: ['**/*.pyi', 'a/**'] });
    await extending('most', 'more', {
      wheels: [wheel('most')],
      imports: ['most', 'six.moves'],
      likely: ['most.other'],
    });
    const most = await readDefinition('most', folder);
    expect(most.wheels.map(({ name }) => name)).toEqual(['six', 'more', 'most']);
    expect(most).toMatchObject({
      name: 'most',
      interpreter: GOOD.interpreter,
      imports: ['six.moves', 'most'],
      likely: ['six.moves.urllib', 'most.other'],
      variables: { A: '1', B: '2' },
      exclude: ['**/*.pyi', 'a/**'],
    });
  });
});

describe('a bad definition', () => {
  const withWheel = (change: object) => ({ wheels: [{ ...WHEEL, ...change }] });
  it.each<[string, object, string, string]>([
    ['an unknown field', { colour: 'red' }, 'colour', 'there is no such field'],
    ['an unknown field of a wheel', withWheel({ url: 'x' }), 'wheels[0].url', 'there is no such field'],
    ['a wrong type', { wheels: {} }, 'wheels', 'must be array'],
    ['a missing field', { summary: undefined }, '', 'must have required properties summary'],
    ['an empty summary', { summary: '' }, 'summary', 'characters'],
    ['a name that is not its file', { name: 'other' }, 'name', 'expected good'],
    ['a name that is a path', { name: '../good' }, 'name', 'a name in lower case'],
    ['a wheel that is an option of pip', withWheel({ name: '-r' }), 'wheels[0].name', 'a name in lower case'],
    ['a version that is a requirement', withWheel({ version: '1 --pre' }), 'wheels[0].version', 'a version'],
    ['a file that is a path', withWheel({ file: '../six-1.16.0.whl' }), 'wheels[0].file', 'the bare name'],
    ['a file of another kind', withWheel({ file: 'six-1.16.0.tar.gz' }), 'wheels[0].file', 'the bare name'],
    ['a file of another project', withWheel({ name: 'seven' }), 'wheels[0].file', 'a file of seven 1.16.0'],
    ['a file of another version', withWheel({ version: '1.16.1' }), 'wheels[0].file', 'a file of six 1.16.1'],
    ['a digest that is none', withWheel({ sha256: 'A'.repeat(64) }), 'wheels[0].sha256', '64 hexadecimal digits'],
    ['a licence that is none', withWheel({ licence: 'see\nbelow' }), 'wheels[0].licence', 'SPDX'],
    ['a source that is none', withWheel({ source: 'elsewhere' }), 'wheels[0].source', 'pyodide or index'],
    ['a module with dots', withWheel({ modules: ['a.b'] }), 'wheels[0].modules[0]', 'without dots'],
    ['an import that is code', { imports: ['os; x()'] }, 'imports[0]', 'a name that Python can import'],
    ['likely code', { likely: ['os; x()'] }, 'likely[0]', 'a name that Python can import'],
    ['an unknown pattern', { exclude: ['*.py'] }, 'exclude[0]', 'one of the forms'],
    ['a variable that is none', { variables: { 'a=b': '' } }, 'variables.a=b', 'there is no such field'],
    ['a wheel twice', { wheels: [WHEEL, WHEEL] }, 'wheels[1].name', 'six is already in'],
    ['neither interpreter nor extends', { interpreter: undefined }, 'interpreter', 'either interpreter or extends'],
    ['both interpreter and extends', { extends: 'other' }, 'interpreter', 'either interpreter or extends'],
    ['an unknown interpreter field', { interpreter: { package: 'p' } }, 'interpreter', 'required properties version'],
    [
      'an archive from an index',
      withWheel({ file: 'six-1.16.0.zip', source: 'index' }),
      'wheels[0].file',
      'only wheels',
    ],
  ])('is refused for %s', async (_what, change, field, message) => {
    await write('good', { ...GOOD, ...change });
    const error = await refused('good');
    expect(error.field).toBe(field);
    expect(error.message).toContain(message);
    expect(error.message).toMatch(/good\.json: /);
  });

  it('is refused when it is no JSON, or no object', async () => {
    await writeFile(join(folder, 'good.json'), '{"name": ');
    expect((await refused('good')).message).toContain('it is no JSON');
    await write('good', null);
    expect((await refused('good')).message).toContain('must be object');
  });

  it.each(['missing', '../good', 'good.json', ''])('cannot be read by the name %j', async (name) => {
    await write('good', GOOD);
    expect((await refused(name)).message).toContain('there are: good');
  });

  it('is refused when it extends itself, over others or at once', async () => {
    const { interpreter: _, ...rest } = GOOD;
    const extending = (name: string, parent: string) => write(name, { ...rest, name, extends: parent });
    await extending('one', 'two');
    await extending('two', 'three');
    await extending('three', 'one');
    await extending('self', 'self');
    const { field, message } = await refused('one');
    expect(field).toBe('extends');
    expect(message).toContain('one, which extends two, which extends three, which extends one: that never ends');
    expect((await refused('self')).message).toContain('self, which extends self');
  });

  it('is refused when it extends what is not there, or too many', async () => {
    const { interpreter: _, ...rest } = GOOD;
    await write('good', { ...rest, extends: 'gone' });
    expect(await refused('good')).toMatchObject({ field: 'extends', message: expect.stringContaining('gone') });
    for (let index = 0; index < 12; index++) {
      await write(`level${index}`, { ...rest, name: `level${index}`, wheels: [], extends: `level${index + 1}` });
    }
    expect((await refused('level0')).message).toContain('at most 8');
  });

  it('is refused for a wheel that is in what it extends', async () => {
    const { interpreter: _, ...rest } = GOOD;
    await write('good', GOOD);
    await write('more', { ...rest, name: 'more', extends: 'good' });
    const { field, message } = await refused('more');
    expect(field).toBe('wheels[0].name');
    expect(message).toMatch(/more\.json: .*six is already in .*good\.json/);
  });
});
