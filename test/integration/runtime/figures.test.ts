/** Figures of matplotlib as in Jupyter: shown once, closed, the same bytes each time. Needs a build. */
import { openKernel, type StepResult } from '@praxis/wasm-runtime';
import { expect, it } from 'vitest';
import { describeIn } from '../../support/describe-in.ts';
import { shown, textOf, useKernelCells } from '../../support/kernel-cells.ts';
import { environments, host } from '../../support/node-runs.ts';

interface Picture {
  digest: string;
}

/** Digests of the pictures that a cell showed, in order. */
const pictures = (result: StepResult, mediaType = 'image/png'): string[] =>
  shown(result).flatMap((data) => {
    // Displays hold texts and references to bytes.
    const picture = data[mediaType] as Picture | undefined;
    return picture === undefined ? [] : [picture.digest];
  });

const bytesOf = ({ blobs }: StepResult, digest: string | undefined): Buffer =>
  Buffer.from(blobs.get(digest ?? '') ?? new Uint8Array(0));

const metadataOf = ({ step }: StepResult): unknown[] =>
  step.outputs.flatMap((output) => (output.type === 'display' || output.type === 'result' ? [output.metadata] : []));

const PLOT = 'import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 3, 2], label="a")';

describeIn('data', 'figures', (version) => {
  const run = useKernelCells(version);

  it('are shown and closed when the step ends, sharp, with words for those who do not see them', async () => {
    const result = await run(`${PLOT}\nax.set(title="Growth", xlabel="hours", ylabel="count");`);
    expect(shown(result)).toMatchObject([{ 'text/plain': '<Figure size 640x480 with 1 Axes>' }]);
    const png = bytesOf(result, pictures(result)[0]);
    const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
    expect(metadataOf(result)).toEqual([
      {
        'image/png': {
          alt: 'Figure. Growth: count against hours',
          width: Math.floor(width / 2),
          height: Math.floor(height / 2),
        },
      },
    ]);
    expect(width).toBeGreaterThan(1000);
    expect(png.includes('tEXt')).toBe(false);
    expect(textOf(await run('print(plt.get_fignums())'))).toBe('[]\n');
    expect(shown(await run('1;'))).toEqual([]);
    expect(textOf(result, 'stderr')).toBe('');
  });

  it('are shown before the error of a step that fails', async () => {
    const result = await run(`${PLOT}\n1 / 0`);
    expect(result.error?.message).toBe('ZeroDivisionError: division by zero');
    expect(result.step.outputs.map(({ type }) => type)).toEqual(['display', 'error']);
    expect(textOf(await run('print(plt.get_fignums())'))).toBe('[]\n');
  });

  it('are shown where `show` is called, and once', async () => {
    const result = await run(`print("before")\n${PLOT}\nplt.show()\nprint("after", plt.get_fignums())`);
    expect(result.step.outputs.map(({ type }) => type)).toEqual(['stream', 'display', 'stream']);
    expect(textOf(result)).toBe('before\nafter []\n');
  });

  it('are shown once as the last expression and by display, and again when they changed', async () => {
    expect(pictures(await run(`${PLOT}\nfig`))).toHaveLength(1);
    expect(pictures(await run(`${PLOT}\ndisplay(fig)`))).toHaveLength(1);
    expect(pictures(await run(`${PLOT}\nfig.show()`))).toHaveLength(1);
    const changed = pictures(await run(`${PLOT}\ndisplay(fig)\nax.plot([3, 1])\nNone`));
    expect(new Set(changed).size).toBe(2);
    // Closed, and still an object that can be shown.
    expect(pictures(await run('fig'))).toEqual(changed.slice(1));
  });

  it('without anything in them are text', async () => {
    expect(shown(await run('plt.figure();'))).toEqual([{ 'text/plain': '<Figure size 640x480 with 0 Axes>' }]);
    expect(pictures(await run('plt.figure().suptitle("only words");'))).toHaveLength(1);
  });

  it('that are not of pyplot are shown, too', async () => {
    const source = 'from matplotlib.figure import Figure\nown = Figure()\nown.subplots().plot([1, 2])\nown';
    expect(pictures(await run(source))).toHaveLength(1);
  });

  it('of a captured cell are captured', async () => {
    expect(shown(await run(`%%capture kept\n${PLOT}`))).toEqual([]);
    expect(pictures(await run('kept.show()'))).toHaveLength(1);
  });

  it('that cannot be drawn say why, and are closed', async () => {
    const result = await run(`${PLOT}\nax.set_title("$\\\\nothing$")\nNone`);
    expect(textOf(result, 'stderr')).toMatch(/the display of a Figure raised ValueError/);
    expect(textOf(await run('print(plt.get_fignums())'))).toBe('[]\n');
  });

  it('end a failed step whatever they do', async () => {
    const source = [
      'from matplotlib.lines import Line2D',
      'class Ending(Line2D):',
      '    def draw(self, renderer): raise SystemExit(3)',
      `${PLOT}`,
      'ax.add_line(Ending([0], [0]))',
      '1 / 0',
    ].join('\n');
    expect((await run(source)).error?.message).toBe('ZeroDivisionError: division by zero');
    expect(textOf(await run('print(plt.get_fignums())'))).toBe('[]\n');
  });

  it('can be vector graphics, without a date and with the same ids', async () => {
    await run("%config InlineBackend.figure_format = 'svg'");
    const result = await run(`${PLOT};`);
    const svg = shown(result)[0]?.['image/svg+xml'];
    expect(svg).toContain('<svg ');
    expect(svg).not.toMatch(/dc:date|20\d\d-\d\d/);
    expect(shown(await run(`${PLOT};`))[0]?.['image/svg+xml']).toBe(svg);
    // Long ones lie beside the record, as other pictures do.
    const long = await run(`${PLOT}\nax.plot(list(range(2000)), [n % 7 for n in range(2000)]);`);
    expect(bytesOf(long, pictures(long, 'image/svg+xml')[0]).toString()).toContain('<svg ');
    await run('from IPython.display import set_matplotlib_formats\nset_matplotlib_formats("png", "svg")');
    expect(Object.keys(shown(await run(`${PLOT};`))[0] ?? {}).sort()).toEqual([
      'image/png',
      'image/svg+xml',
      'text/plain',
    ]);
    expect((await run("%config InlineBackend.figure_format = 'gif'")).error?.message).toContain(
      "cannot be shown as 'gif'",
    );
    expect((await run('%config InlineBackend.figure_formats = nonsense')).error?.message).toContain('no plain value');
    const jupyters =
      'from matplotlib_inline.backend_inline import set_matplotlib_formats\nset_matplotlib_formats("retina")';
    expect((await run(jupyters)).error).toBeNull();
    expect(pictures(await run(`${PLOT};`))).toHaveLength(1);
  });

  it('stay open where that is asked for', async () => {
    await run('%config InlineBackend.close_figures = False');
    await run(`${PLOT};`);
    expect(pictures(await run('ax.plot([2, 2]);'))).toHaveLength(1);
    expect(pictures(await run('1;'))).toHaveLength(0);
    await run('%config InlineBackend.close_figures = True\nplt.close("all")');
  });

  it('have one backend, and others say so', async () => {
    expect((await run('%matplotlib inline')).error).toBeNull();
    for (const name of ['qt', 'widget', 'notebook'])
      expect((await run(`%matplotlib ${name}`)).error?.message).toContain('there are no windows and no widgets');
    const failed = await run('import matplotlib\nmatplotlib.use("TkAgg")\nplt.figure()');
    const told = failed.step.outputs.map((output) => (output.type === 'error' ? output.traceback : '')).join('');
    expect(told).toContain('%matplotlib inline');
    await run('%matplotlib inline');
    expect(pictures(await run(`plt.ion()\n${PLOT};`))).toHaveLength(1);
    await run('plt.ioff()');
  });

  it('are files without dates, beside the code or for the reader', async () => {
    const source = [
      'import io, praxis',
      'from matplotlib.backends.backend_pdf import PdfPages',
      'def made():',
      '    files = {}',
      '    for kind in ("svg", "pdf", "png"):',
      '        fig.savefig(f"/job/one.{kind}")',
      '        files[kind] = open(f"/job/one.{kind}", "rb").read()',
      '    with PdfPages("/job/pages.pdf") as pages: pages.savefig(fig)',
      '    files["pages"] = open("/job/pages.pdf", "rb").read()',
      '    return files',
      `${PLOT}`,
      'first, second = made(), made()',
      'print(first == second, [kind for kind in first if b"CreationDate" in first[kind] or b"<dc:date" in first[kind]])',
      'praxis.savefig("figures/growth.svg")',
      'praxis.savefig("growth.png", fig, dpi=50)',
      'plt.close()',
    ].join('\n');
    const result = await run(source);
    expect(result.error).toBeNull();
    expect(textOf(result)).toBe('True []\n');
    expect(result.artifacts.map(({ name, media_type }) => [name, media_type])).toEqual([
      ['figures/growth.svg', 'image/svg+xml'],
      ['growth.png', 'image/png'],
    ]);
    expect((await run(`${PLOT}\npraxis.savefig("growth.nothing")`)).error?.message).toContain("Format 'nothing'");
  });

  it('are the same in another kernel', async () => {
    const cell = { object_id: 'a', language: 'python' as const, source: `${PLOT};` };
    const digests: string[][] = [];
    for (const seed of ['0', '1']) {
      const kernel = await openKernel({ host, environments, env_version: version, seed: seed.repeat(64) });
      const result = await kernel.execute(cell);
      digests.push([...pictures(result), String(result.step.fuel)]);
      kernel.close();
    }
    expect(digests[0]).toHaveLength(2);
    expect(digests[1]).toEqual(digests[0]);
  });
});
