/** Tables of pandas as data for the page, beside their HTML. Needs a build. */
import { expect, it } from 'vitest';
import type { StepResult } from '@praxis/wasm-runtime';
import { describeIn } from '../../support/describe-in.ts';
import { shown, textOf, useKernelCells } from '../../support/kernel-cells.ts';

const TABLE = 'application/vnd.praxis.table+json';

interface SentColumn {
  name: string[];
  type: string;
  values?: unknown[];
  range?: number[];
  order?: unknown[];
  texts?: unknown[];
  float?: boolean;
}
interface Sent {
  rows: number;
  columns_of: number;
  precision: number;
  index: SentColumn[];
  columns: SentColumn[];
}

/** The tables of a cell, wherever their bytes are. */
function tablesOf(result: StepResult): Sent[] {
  return shown(result).flatMap((data) => {
    const value = data[TABLE];
    if (value === undefined) return [];
    const { digest } = typeof value === 'string' ? { digest: '' } : (value as { digest: string });
    const text = typeof value === 'string' ? value : new TextDecoder().decode(result.blobs.get(digest));
    // What the guest library writes is under test here.
    return [JSON.parse(text) as Sent];
  });
}

const rowsOf = (table: Sent | undefined): number => table?.columns[0]?.values?.length ?? 0;

describeIn('data', 'tables', (version) => {
  const run = useKernelCells(version);

  it('carry typed columns beside HTML and text', async () => {
    const source = [
      'import pandas as pd, numpy as np, datetime',
      'df = pd.DataFrame({',
      '    "n": [1, -2, 3], "big": [1, 2**60, 3], "x": [1.5, np.nan, np.inf], "half": np.array([0.1, 2, 3], "float32"),',
      '    "yes": [True, False, True], "word": ["a", None, "é"], "mixed": [1, "b", None], "ints": [1, None, 2.5],',
      '    "day": pd.to_datetime(["2024-01-02", None, "2023-05-06"]), "at": pd.to_datetime(["2024-01-02 03:04:05", "2024-01-02 00:00:00", None]),',
      '    "date": [datetime.date(2024, 1, 2), None, datetime.date(2023, 1, 1)],',
      '    "maybe": pd.array([1, None, 3], "Int64"), "perhaps": pd.array([True, None, False], "boolean"), "text": pd.array(["p", None, "q"], "string"),',
      '    "size": pd.Categorical(["small", "large", None], ["small", "large"], ordered=True),',
      '    "took": pd.to_timedelta(["2 days", "1 hours", None]),',
      '}, index=pd.Index(["r", "s", "t"], name="row"))',
      'df',
    ].join('\n');
    const result = await run(source);
    expect(result.error).toBeNull();
    const [data] = shown(result);
    expect(data?.['text/html']).toContain('<table border="1" class="dataframe">');
    expect(data?.['text/plain']).toContain('row');
    const [table] = tablesOf(result);
    expect(table).toMatchObject({ rows: 3, columns_of: 16, precision: 6 });
    expect(table?.index).toEqual([{ name: ['row'], type: 'text', values: ['r', 's', 't'] }]);
    expect(table?.columns.map(({ name, ...rest }) => [name[0], rest])).toEqual([
      ['n', { type: 'number', values: [1, -2, 3] }],
      ['big', { type: 'number', values: [1, '1152921504606846976', 3] }],
      ['x', { type: 'number', values: [1.5, null, 'inf'], float: true }],
      ['half', { type: 'number', values: [0.1, 2, 3], float: true }],
      ['yes', { type: 'boolean', values: [true, false, true] }],
      ['word', { type: 'text', values: ['a', null, 'é'] }],
      ['mixed', { type: 'text', values: ['1', 'b', null] }],
      ['ints', { type: 'number', values: [1, null, 2.5], float: true }],
      ['day', { type: 'date', values: ['2024-01-02', null, '2023-05-06'] }],
      ['at', { type: 'date', values: ['2024-01-02 03:04:05', '2024-01-02 00:00:00', null] }],
      ['date', { type: 'date', values: ['2024-01-02', null, '2023-01-01'] }],
      ['maybe', { type: 'number', values: [1, null, 3] }],
      ['perhaps', { type: 'boolean', values: [true, null, false] }],
      ['text', { type: 'text', values: ['p', null, 'q'] }],
      ['size', { type: 'text', values: ['small', 'large', null], order: [0, 1, null] }],
      ['took', { type: 'text', values: ['2 days 00:00:00', '0 days 01:00:00', null], order: [2, 1, null] }],
    ]);
  });

  it('have levels, times with their zone, and numbers as they were asked for', async () => {
    const source = [
      'index = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["k", None])',
      'pd.DataFrame([[1.5, 2], [3, 4]], index=index, columns=pd.MultiIndex.from_tuples([("u", "x"), ("u", "y")]))',
    ].join('\n');
    const [levels] = tablesOf(await run(source));
    expect(levels?.index.map(({ name, values }) => [name, values])).toEqual([
      [['k'], ['a', 'b']],
      [[], [1, 2]],
    ]);
    expect(levels?.columns.map(({ name }) => name)).toEqual([
      ['u', 'x'],
      ['u', 'y'],
    ]);
    const zoned =
      'pd.DataFrame({"at": pd.date_range("2024-10-27 00:00", periods=3, freq="h", tz="UTC").tz_convert("Europe/Berlin")})';
    expect(tablesOf(await run(zoned))[0]?.columns[0]).toEqual({
      name: ['at'],
      type: 'date',
      values: ['2024-10-27 02:00+02:00', '2024-10-27 02:00+01:00', '2024-10-27 03:00+01:00'],
      order: [1, 2, 3],
    });
    const percent =
      'with pd.option_context("display.float_format", "{:.0%}".format): display(pd.DataFrame({"p": [0.5, None]}))';
    expect(tablesOf(await run(percent))[0]?.columns[0]).toMatchObject({ values: [0.5, null], texts: ['50%', null] });
  });

  it('of a Series are one column, and there is none where HTML is not wanted', async () => {
    const [series] = tablesOf(await run('pd.Series([3, 1], name="count")'));
    expect(series).toMatchObject({ columns: [{ name: ['count'], values: [3, 1] }], index: [{ range: [0, 1] }] });
    const plain = await run('with pd.option_context("display.notebook_repr_html", False): display(df)');
    expect(Object.keys(shown(plain)[0] ?? {})).toEqual(['text/plain']);
    expect(tablesOf(await run('pd.DataFrame(index=[1, 2])'))).toEqual([]);
    expect(Object.keys(shown(await run('display(df, include=["text/plain"])'))[0] ?? {})).toEqual(['text/plain']);
    expect(Object.keys(shown(await run('np.zeros((3000, 3))'))[0] ?? {})).toEqual(['text/plain']);
  });

  it('survive what their cells do', async () => {
    const source = [
      'class Odd:',
      '    def __str__(self): raise RuntimeError("no")',
      '    __repr__ = __str__',
      'tables = pd.DataFrame({"o": pd.Series([Odd(), "x" * 5000, float("nan")], dtype=object), "a": 1})[["o", "a", "a"]]',
      'pd.set_option("display.notebook_repr_html", True)',
      'display(tables, exclude=["text/html", "text/plain"])',
    ].join('\n');
    const [table] = tablesOf(await run(source));
    expect(table?.columns.map(({ name }) => name[0])).toEqual(['o', 'a', 'a']);
    const values = table?.columns[0]?.values ?? [];
    expect(values[0]).toBe('<Odd>');
    expect(String(values[1])).toHaveLength(1000);
    expect(values[2]).toBeNull();
  });

  it('whose class shows itself in another way are shown so', async () => {
    const source = [
      'class Map(pd.DataFrame):',
      '    def _repr_html_(self): return "<b>map</b>"',
      'class Unhashable(type):',
      '    def __eq__(self, other): return True',
      'class Strange(metaclass=Unhashable):',
      '    def __repr__(self): return "strange"',
      'display(Map({"a": [1]}), Strange())',
    ].join('\n');
    const [map, strange] = shown(await run(source));
    expect(Object.keys(map ?? {}).sort()).toEqual(['text/html', 'text/plain']);
    expect(strange).toEqual({ 'text/plain': 'strange' });
  });

  it('that are short lie in the record, others beside it, and long ones have their first rows', async () => {
    expect(typeof shown(await run('df'))[0]?.[TABLE]).toBe('string');
    const whole = await run('long = pd.DataFrame({"n": np.arange(100_000), "h": np.arange(100_000) / 2})\nlong');
    expect(whole.error).toBeNull();
    expect(shown(whole)[0]?.[TABLE]).toMatchObject({ digest: expect.stringMatching(/^sha256:/) as string });
    expect(rowsOf(tablesOf(whole)[0])).toBe(100_000);
    const cut = await run('pd.DataFrame({name: np.arange(150_000) / 7 for name in "abc"})');
    const [table] = tablesOf(cut);
    expect(table?.rows).toBe(150_000);
    expect(rowsOf(table)).toBeGreaterThan(30_000);
    expect(rowsOf(table)).toBeLessThan(50_000);
    for (const bytes of cut.blobs.values()) expect(bytes.length).toBeLessThanOrEqual(2 << 20);
    const [wide] = tablesOf(await run('pd.DataFrame(np.zeros((2, 500)))'));
    expect([wide?.columns.length, wide?.columns_of]).toEqual([200, 500]);
  });

  it('of a loop never meet a limit', async () => {
    const result = await run('for _ in range(40): display(long.head(20_000))\nprint("done")');
    expect(result.error).toBeNull();
    expect(textOf(result)).toBe('done\n');
    const sizes = tablesOf(result).map(rowsOf);
    expect(sizes[0]).toBe(20_000);
    expect(sizes.at(-1)).toBeLessThan(20_000);
    const bytes = [...result.blobs.values()].reduce((sum, one) => sum + one.length, 0);
    expect(bytes).toBeLessThanOrEqual(4 << 20);
    expect(shown(result).every((data) => typeof data['text/html'] === 'string')).toBe(true);
  });

  it('with a style are the HTML that pandas makes of it', async () => {
    const source = [
      'import pandas as pd',
      'styled = pd.DataFrame({"x": [1.25, -2], "y": ["<b>", "d"]}).style.format(precision=1, escape="html")',
      'styled.highlight_max(subset=["x"], color="gold").set_caption("Two rows")',
    ].join('\n');
    const result = await run(source);
    expect(result.error).toBeNull();
    const [data] = shown(result);
    expect(data?.['text/html']).toMatch(
      /<style[^]*background-color: gold[^]*<caption>Two rows<\/caption>[^]*>&lt;b&gt;</,
    );
    // What was styled is shown as its author styled it.
    expect(Object.keys(data ?? {}).sort()).toEqual(['text/html', 'text/plain']);
  });
});

describeIn('science', 'estimators', (version) => {
  const run = useKernelCells(version);

  it('have their HTML, and text for those who show none', async () => {
    const source = [
      'from sklearn.linear_model import LinearRegression',
      'from sklearn.pipeline import make_pipeline',
      'from sklearn.preprocessing import StandardScaler',
      'make_pipeline(StandardScaler(), LinearRegression())',
    ].join('\n');
    const [data] = shown(await run(source));
    expect(data?.['text/html']).toMatch(/<style>[^]*<details|<style>[^]*sk-toggleable/);
    expect(data?.['text/plain']).toMatch(/^Pipeline\(/);
  });
});
