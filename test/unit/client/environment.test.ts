/** Which environment the page takes for the open notebook. */
import { beforeEach, describe, expect, test } from 'vitest';
import { openDocument } from '../../../client/src/documents/current.ts';
import { codeCell } from '../../../client/src/notebook/cell.ts';
import * as store from '../../../client/src/notebook/store.ts';
import { createPageEnvironment } from '../../../client/src/shell/environment.ts';
import { toObject } from '../../../client/src/notebook/cell.ts';

const version = (name: string, digit = '0') => `${name}@sha256:${digit.repeat(64)}`;
const listed = (name: string, size_bytes: number, modules: string[], current = true, digit = '0') => ({
  current,
  offered: {
    env_version: version(name, digit),
    name,
    summary: '',
    size_bytes,
    packages: modules.map((module) => ({ name: module, version: '1', licence: 'MIT', modules: [module] })),
  },
});
const LIST = [
  listed('python', 1, []),
  listed('data', 2, ['numpy']),
  listed('data', 2, ['numpy'], false, '1'),
  listed('science', 3, ['numpy', 'scipy']),
];

function page(list: typeof LIST | null = LIST, likely = 'python') {
  let asked = 0;
  const remembered: (string | null)[] = [];
  const environment = createPageEnvironment(
    {
      currentEnvironment: () => Promise.resolve(version('python')),
      environments: () => {
        asked += 1;
        return list === null ? Promise.reject(new Error('no network')) : Promise.resolve(list);
      },
    },
    { usual: version('python'), likely: version(likely) },
    (name) => remembered.push(name),
  );
  return { environment, asked: () => asked, remembered };
}

const open = (sources: string[], environment: string | null = null) =>
  store.openNotebook({
    title: '',
    cells: sources.map((source, at) => codeCell(`c${at}`, 'python', source)),
    environment,
  });

beforeEach(() => void (store.readOnly.value = false));

describe('before the first step', () => {
  test('nobody is asked about a notebook that imports the standard library only', async () => {
    open(['import json', 'try: import numpy\nexcept ImportError: pass']);
    const { environment, asked } = page();
    expect(await environment.prepare()).toBe(false);
    expect([asked(), environment.current.value, store.environment.value]).toEqual([0, version('python'), null]);
  });

  test('all cells count, and the document remembers the name', async () => {
    open(['x = 1', 'import numpy']);
    const { environment } = page();
    expect(await environment.prepare()).toBe(true);
    expect([environment.current.value, store.environment.value]).toEqual([version('data'), 'data']);
    expect(await environment.prepare()).toBe(false);
    const [first] = store.cells.value;
    expect(first && toObject(first, store.environment.value).runtime).toEqual({
      language: 'python',
      environment: 'data',
    });
    open(['x = 1']);
    expect(await environment.prepare()).toBe(true);
    expect([environment.current.value, store.environment.value]).toEqual([version('python'), null]);
  });

  test('what the document names stays, as long as it has everything', async () => {
    open(['import numpy'], 'science');
    const { environment } = page();
    await environment.prepare();
    expect([environment.current.value, store.environment.value]).toEqual([version('science'), 'science']);
    open(['import numpy'], version('data', '1'));
    await environment.prepare();
    expect(environment.current.value).toBe(version('data', '1'));
    open(['import scipy'], 'data');
    await environment.prepare();
    expect([environment.current.value, store.environment.value]).toEqual([version('science'), 'science']);
  });

  test('a document that is only looked at is not changed', async () => {
    open(['import numpy']);
    store.readOnly.value = true;
    const { environment } = page();
    expect(await environment.prepare()).toBe(true);
    expect(store.environment.value).toBeNull();
  });

  test('without the list the kernel stays where it is, and the list is asked for again', async () => {
    open(['import numpy']);
    const { environment, asked } = page(null);
    expect(await environment.prepare()).toBe(false);
    await environment.prepare();
    expect(asked()).toBe(2);
  });
});

describe('foreseeing', () => {
  test('goes where the cells have what they import, and changes and remembers nothing', async () => {
    open(['import numpy']);
    const { environment, remembered } = page();
    expect(await environment.foresee()).toBe(true);
    expect([environment.current.value, store.environment.value, remembered]).toEqual([version('data'), null, []]);
    expect(await environment.foresee()).toBe(false);
    // The cells run there, and now the document says so.
    expect(await environment.prepare()).toBe(false);
    expect([store.environment.value, remembered]).toEqual(['data', ['data']]);
  });

  test('stays where a name may be half of one, and where nobody knows what there is', async () => {
    open(['import num']);
    expect(await page().environment.foresee()).toBe(false);
    open(['import numpy']);
    expect(await page(null).environment.foresee()).toBe(false);
  });
});

describe('what the page begins in', () => {
  test('is likely, and left when the cells need something else', async () => {
    open(['x = 1']);
    const { environment, asked, remembered } = page(LIST, 'data');
    expect(environment.current.value).toBe(version('data'));
    expect(await environment.prepare()).toBe(true);
    expect([environment.current.value, asked(), remembered]).toEqual([version('python'), 0, [null]]);
  });

  test('is remembered of the scratch notebook only', async () => {
    open(['import numpy']);
    const { environment, remembered } = page();
    openDocument.value = {
      id: 'd', workspaceId: 'w', role: 'owner', baseRevisionId: null, savedTitle: '', savedContent: '',
    }; // prettier-ignore
    await environment.prepare();
    openDocument.value = null;
    expect(remembered).toEqual([]);
  });
});

test('a change of the environment is a change of the document', () => {
  open(['x = 1']);
  const before = store.content.value;
  store.environment.value = 'data';
  expect(store.content.value).not.toBe(before);
});

test('where a missing module is comes as soon as the list is there', async () => {
  const { environment } = page();
  const error = {
    category: 'DEPENDENCY_ERROR',
    code: 'PACKAGE_UNAVAILABLE',
    message: 'scipy is not in this environment; these are: praxis',
    details: {},
  } as const;
  expect(environment.missing(error)).toBeNull();
  await Promise.resolve();
  expect(environment.missing(error)?.environments.map(({ name }) => name)).toEqual(['science']);
  expect(environment.missing({ ...error, code: 'FUEL' })).toBeNull();
});
