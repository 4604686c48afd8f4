/** QuickJS through its published host library, on its published module or on a metered one. */
import { newQuickJSWASMModuleFromVariant, newVariant, RELEASE_SYNC, type QuickJSWASMModule } from 'quickjs-emscripten';
import type { TestFile } from './test-file.ts';

/** QuickJS asks now and then whether to go on: as often, metered or not. */
const MAX_INTERRUPTS = 200;
const MAX_JOBS = 10_000;

export class TestEngine {
  readonly #module: WebAssembly.Module;
  #engine: Promise<QuickJSWASMModule> | null = null;

  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  /** @returns what happened, in words: how the test ended, and what it printed */
  async run(test: TestFile, mode: 'sloppy' | 'strict' | 'module', harness: readonly string[]): Promise<string> {
    this.#engine ??= newQuickJSWASMModuleFromVariant(newVariant(RELEASE_SYNC, { wasmModule: this.#module }));
    const engine = await this.#engine;
    try {
      return runIn(engine, test, mode, harness);
    } catch (error) {
      // Whatever trapped is done for.
      this.#engine = null;
      return isEndOfStack(error) ? 'the stack ended' : `trap: ${String(error)}`;
    }
  }
}

/** Of the engine that runs WebAssembly, or, before it, at the depth guard of a metered module. */
function isEndOfStack(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof WebAssembly.RuntimeError && error.message === 'unreachable');
}

function runIn(
  engine: QuickJSWASMModule,
  test: TestFile,
  mode: 'sloppy' | 'strict' | 'module',
  harness: readonly string[],
): string {
  let asked = 0;
  const printed: string[] = [];
  const runtime = engine.newRuntime({ interruptHandler: () => ++asked > MAX_INTERRUPTS });
  const context = runtime.newContext();
  const print = context.newFunction('print', (text) => {
    printed.push(context.getString(text));
  });
  context.setProp(context.global, 'print', print);
  print.dispose();
  let ended = 'returned';
  const evaluate = (source: string, name: string, type: 'global' | 'module') => {
    if (ended !== 'returned') return;
    const result = context.evalCode(source, name, { type });
    if (result.error) {
      const field = (key: string) => {
        const property = context.getProp(result.error, key);
        const text = context.getString(property);
        property.dispose();
        return text;
      };
      ended = context.typeof(result.error) === 'object' ? `threw ${field('name')}: ${field('message')}` : 'threw';
    }
    result.dispose();
  };
  if (!test.flags.has('raw'))
    for (const [index, text] of harness.entries()) evaluate(text, `harness ${index}`, 'global');
  const source = mode === 'strict' ? `"use strict";\n${test.source}` : test.source;
  evaluate(source, 'test', mode === 'module' ? 'module' : 'global');
  const jobs = runtime.executePendingJobs(MAX_JOBS);
  const rest = jobs.error ? 'a job threw' : `${jobs.value} jobs`;
  jobs.dispose();
  context.dispose();
  runtime.dispose();
  return [ended, rest, ...printed].join('; ');
}

/** Whether test262 calls this a pass. */
export function isPass(test: TestFile, outcome: string): boolean {
  const threw = /^threw (\w+):/.exec(outcome)?.[1];
  if (test.negative !== null) return threw === test.negative.type;
  if (!outcome.startsWith('returned')) return false;
  return !test.flags.has('async') || outcome.includes('Test262:AsyncTestComplete');
}
