/** Inputs as people who work with numpy and pandas read them. Needs a build. */
import { openKernel } from '@praxis/wasm-runtime';
import { expect, it } from 'vitest';
import { describeIn } from '../../support/describe-in.ts';
import { textOf } from '../../support/kernel-cells.ts';
import { environments, host } from '../../support/node-runs.ts';

describeIn('data', 'files', (version) => {
  it('are read from /data and written to /job', async () => {
    const makes = [
      'import io, pickle, sqlite3, numpy as np, pandas as pd, praxis',
      'def keep(name, write):',
      '    file = io.BytesIO(); write(file); praxis.artifact(name, file.getvalue())',
      'keep("plain.npy", lambda file: np.save(file, np.arange(6).reshape(2, 3)))',
      'keep("objects.npy", lambda file: np.save(file, np.array([{"a": 1}, None], dtype=object), allow_pickle=True))',
      'keep("several.npz", lambda file: np.savez_compressed(file, x=np.eye(2), y=np.array(["é"])))',
      'keep("frame.pickle", lambda file: pd.DataFrame({"a": [1, 2]}).to_pickle(file))',
      'with sqlite3.connect("/job/all.db") as base:',
      '    pd.DataFrame({"name": ["Ada", "Grace"], "age": [36, 85]}).to_sql("people", base, index=False)',
      'base.close()',
      'praxis.artifact("all.db", open("/job/all.db", "rb").read())',
    ].join('\n');
    const reads = [
      'import sqlite3, numpy as np, pandas as pd',
      'frame = pd.read_csv("/data/people.csv", parse_dates=["born"])',
      'print(frame.dtypes.astype(str).to_dict(), frame["born"].dt.year.tolist(), frame["age"].sum())',
      'print(pd.read_csv("/data/people.csv.gz").shape, pd.read_json("/data/people.json").to_dict("list"))',
      'with sqlite3.connect("/data/all.db") as base:',
      '    print(pd.read_sql("select name from people where age > ?", base, params=(40,)).to_dict("list"))',
      'print(np.load("/data/plain.npy").sum(), sorted(np.load("/data/several.npz")), np.load("/data/several.npz")["y"][0])',
      'try: np.load("/data/objects.npy")',
      'except ValueError as error: print(error)',
      'print(np.load("/data/objects.npy", allow_pickle=True)[0], pd.read_pickle("/data/frame.pickle")["a"].tolist())',
      'frame.to_csv("/job/out.csv", index=False)',
      'print(open("/job/out.csv").readline().strip(), np.loadtxt("/data/numbers.txt").mean())',
    ].join('\n');
    const cell = (source: string) => ({ object_id: 'a', language: 'python' as const, source });
    const options = { host, environments, env_version: version };
    const maker = await openKernel(options);
    const made = await maker.execute(cell(makes));
    maker.close();
    expect(made.error).toBeNull();
    const csv = new TextEncoder().encode('name,age,born\nAda,36,1815-12-10\n"Hopper, Grace",85,1906-12-09\n');
    const packed = new Blob([csv]).stream().pipeThrough(new CompressionStream('gzip'));
    const text = (content: string) => new TextEncoder().encode(content);
    const files: Record<string, Uint8Array> = {
      'people.csv': csv,
      'people.csv.gz': new Uint8Array(await new Response(packed).arrayBuffer()),
      'people.json': text('[{"name": "Ada", "age": 36}]'),
      'numbers.txt': text('1 2\n3 4\n'),
      ...Object.fromEntries(
        made.artifacts.map(({ name, digest }) => [name, made.blobs.get(digest) ?? new Uint8Array(0)]),
      ),
    };
    const inputs = Object.entries(files).map(([name, bytes]) => {
      return { path: `/data/${name}`, media_type: 'application/octet-stream', bytes };
    });
    const kernel = await openKernel({ ...options, inputs });
    const read = await kernel.execute(cell(reads));
    kernel.close();
    expect(read.error).toBeNull();
    expect(textOf(read).split('\n')).toEqual([
      "{'name': 'object', 'age': 'int64', 'born': 'datetime64[ns]'} [1815, 1906] 121",
      "(2, 3) {'name': ['Ada'], 'age': [36]}",
      "{'name': ['Grace']}",
      "15 ['x', 'y'] é",
      'Object arrays cannot be loaded when allow_pickle=False',
      "{'a': 1} [1, 2]",
      'name,age,born 2.5',
      '',
    ]);
  });

  it('of spreadsheets are read and written, times of places included', async () => {
    const source = [
      'import datetime, io, zoneinfo, pandas as pd',
      'frame = pd.DataFrame({"n": [1, 2], "x": [0.5, None], "day": pd.to_datetime(["2024-01-02 00:00", "2024-03-31 01:30"]), "é": ["a", "<b>"]})',
      'book = io.BytesIO()',
      'with pd.ExcelWriter(book) as writer:',
      '    frame.to_excel(writer, sheet_name="one", index=False)',
      '    frame.describe().to_excel(writer, sheet_name="two")',
      'sheets = pd.read_excel(io.BytesIO(book.getvalue()), sheet_name=None)',
      'print(list(sheets), sheets["one"].equals(frame), sheets["one"].dtypes.astype(str).tolist())',
      'try: pd.read_excel(io.BytesIO(bytes(600)))',
      'except ValueError as error: print(error)',
      'try: pd.read_excel(io.BytesIO(b"\\xd0\\xcf\\x11\\xe0\\xa1\\xb1\\x1a\\xe1" + bytes(600)))',
      'except ImportError as error: print(error)',
      'spring = datetime.datetime(2024, 3, 31, 1, 30, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))',
      'print((spring.astimezone(datetime.UTC) + datetime.timedelta(hours=1)).astimezone(spring.tzinfo).isoformat())',
    ].join('\n');
    const kernel = await openKernel({ host, environments, env_version: version });
    const result = await kernel.execute({ object_id: 'a', language: 'python', source });
    kernel.close();
    expect(result.error).toBeNull();
    expect(textOf(result).split('\n')).toEqual([
      "['one', 'two'] True ['int64', 'float64', 'datetime64[ns]', 'object']",
      'Excel file format cannot be determined, you must specify an engine manually.',
      "Missing optional dependency 'xlrd'. Install xlrd >= 2.0.1 for xls Excel support Use pip or conda to install xlrd.",
      '2024-03-31T03:30:00+02:00',
      '',
    ]);
  });
});
