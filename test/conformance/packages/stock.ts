/** The tests on stock Pyodide: the same version and wheels as the environment's, and the same files. */
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PLACES, TEST_SCRIPT, type Materials, type PlacedWheel } from './materials.ts';
import type { Side, SideRun, TestParameters } from './side.ts';
import { runStock } from './stock-process.ts';

/** What our environments have as well. */
const ENVIRONMENT = {
  HOME: '/home',
  LANG: 'C.UTF-8',
  PATH: '/',
  PYTHONDONTWRITEBYTECODE: '1',
  PYTHONHASHSEED: '0',
  TZ: 'UTC',
};

const COMPILE_SCRIPT = readFileSync(new URL('compile_tools.py', import.meta.url), 'utf8');

/** pytest as code of stock Pyodide's Python: compiling it would take most of the time of a run. */
export async function compiledTools(tools: Uint8Array): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'praxis-stock-'));
  try {
    const [source, target] = [join(folder, 'tools.zip'), join(folder, 'compiled.zip')];
    await writeFile(source, tools);
    const { failure } = await runStock({
      wheels: folder,
      packages: [],
      environment: ENVIRONMENT,
      given: [{ path: '/job/given.zip', file: source }],
      folder: '/job',
      source: COMPILE_SCRIPT,
      variables: { given: '/job/given.zip', made: '/job/made.zip', place: PLACES.tools },
      kept: [{ path: '/job/made.zip', file: target }],
    });
    if (failure !== null) throw new Error(`pytest cannot be compiled: ${failure}`);
    return await readFile(target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export class StockSide implements Side {
  readonly name = 'stock';
  readonly #folder: string;
  readonly #packages: readonly string[];

  /** @param folder temporary; has the wheels and archives */
  private constructor(folder: string, packages: readonly string[]) {
    this.#folder = folder;
    this.#packages = packages;
  }

  static async open(wheels: readonly PlacedWheel[], { tests, tools }: Materials): Promise<StockSide> {
    const folder = await mkdtemp(join(tmpdir(), 'praxis-stock-'));
    await mkdir(join(folder, 'wheels'));
    for (const { wheel, bytes } of wheels) await writeFile(join(folder, 'wheels', wheel.file), bytes);
    await writeFile(join(folder, 'tests.zip'), tests);
    await writeFile(join(folder, 'tools.zip'), tools);
    return new StockSide(
      folder,
      wheels.map(({ wheel }) => wheel.name),
    );
  }

  async run(parameters: TestParameters): Promise<SideRun> {
    const { output, failure } = await runStock({
      wheels: join(this.#folder, 'wheels'),
      packages: this.#packages,
      environment: ENVIRONMENT,
      given: [
        { path: PLACES.tests, file: join(this.#folder, 'tests.zip') },
        { path: PLACES.tools, file: join(this.#folder, 'tools.zip') },
      ],
      folder: '/job',
      source: TEST_SCRIPT,
      variables: { ...PLACES, ...parameters },
      kept: [],
    });
    return { output, fatal: failure === null ? null : { code: 'CRASH', message: failure }, fuel: 0 };
  }

  close(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }
}
