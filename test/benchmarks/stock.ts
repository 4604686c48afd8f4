/** A process of `stock-child.ts`: an engine as its makers ship it, to compare with. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Language } from '@praxis/wasm-runtime';

export class Stock {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  constructor(engine: Language) {
    const script = fileURLToPath(new URL('stock-child.ts', import.meta.url));
    this.#child = spawn(process.execPath, ['--import', 'tsx', script, engine], { stdio: ['pipe', 'pipe', 'inherit'] });
    if (!this.#child.stdout) throw new Error('no pipe');
    this.#reader = createInterface({ input: this.#child.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** Once: how long its engine took to be there, ms, without what the process took. */
  async ready(): Promise<number> {
    return (await this.#next())['ready_ms'] ?? Number.NaN;
  }

  /** @returns ms that the program alone took */
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
