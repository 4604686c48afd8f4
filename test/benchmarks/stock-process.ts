/** A stock engine in a process of its own, spoken to in lines of JSON. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { StockSetup } from './stock.ts';

export class StockProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  /** @param node the program that runs it */
  constructor(setup: StockSetup, node = process.execPath) {
    const script = fileURLToPath(new URL('stock-child.ts', import.meta.url));
    this.#child = spawn(node, ['--import', 'tsx', script, JSON.stringify(setup)], {
      // matplotlib says that it makes a cache.
      stdio: ['pipe', 'pipe', setup.packages ? 'ignore' : 'inherit'],
    });
    if (!this.#child.stdout) throw new Error('no pipe');
    this.#reader = createInterface({ input: this.#child.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** Once: how long its engine took to be there, ms, without what the process took. */
  async ready(): Promise<number> {
    return (await this.#next())['ready_ms'] ?? Number.NaN;
  }

  async time(source: string): Promise<number> {
    this.#child.stdin?.write(`${JSON.stringify(source)}\n`);
    return (await this.#next())['ms'] ?? Number.NaN;
  }

  close(): void {
    this.#reader.close();
    this.#child.kill();
  }

  async #next(): Promise<Record<string, number>> {
    const { value } = await this.#lines.next();
    // Written by stock-child.ts.
    return JSON.parse(String(value)) as Record<string, number>;
  }
}
