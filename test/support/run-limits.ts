/** Programs that want too much of one thing each, and the code with which that ends. */
import type { Language, Limits, Program, RunErrorCode } from '@praxis/wasm-runtime';
import { programOf } from './node-runs.ts';

export interface LimitCase {
  name: string;
  language: Language;
  source: string;
  code: RunErrorCode;
  limits?: Partial<Limits>;
}

const FUEL = { fuel: 150_000_000 };

export const LIMIT_CASES: readonly LimitCase[] = [
  { name: 'an endless loop', language: 'python', source: 'while True: pass', code: 'FUEL', limits: FUEL },
  {
    name: 'an endless loop that catches everything',
    language: 'python',
    source: 'while True:\n    try:\n        while True: pass\n    except BaseException: pass',
    code: 'FUEL',
    limits: FUEL,
  },
  { name: 'a loop in C', language: 'python', source: 'sum(range(10**12))', code: 'FUEL', limits: FUEL },
  {
    name: 'a catastrophic regular expression',
    language: 'python',
    source: 'import re\nre.match("(a+)+$", "a" * 60 + "b")',
    code: 'FUEL',
    limits: FUEL,
  },
  {
    name: 'endless allocation',
    language: 'python',
    source: 'blocks = []\nwhile True: blocks.append(bytearray(1 << 20))',
    code: 'MEMORY',
    limits: { memory_mb: 96 },
  },
  {
    name: 'recursion through compiled code',
    language: 'python',
    source: 'class A:\n    def __getattr__(self, name):\n        return getattr(self, name)\nA().x',
    code: 'DEPTH',
  },
  { name: 'a flood of output', language: 'python', source: 'while True: print("x" * 1000)', code: 'OUTPUT' },
  {
    name: 'a flood of files',
    language: 'python',
    source: 'i = 0\nwhile True:\n    open(f"f{i}", "w").close()\n    i += 1',
    code: 'FILES',
    limits: { max_files: 50 },
  },
  {
    name: 'a file that is too large',
    language: 'python',
    source: 'open("a", "wb").write(bytes(3 << 20))',
    code: 'FILES',
    limits: { max_file_kb: 2048 },
  },
  {
    name: 'a flood of artifacts',
    language: 'python',
    source: 'from praxis import artifact\nfor i in range(9):\n    artifact(f"{i}.txt", "x", "text/plain")',
    code: 'ARTIFACTS',
    limits: { max_artifacts: 5 },
  },
  { name: 'an endless loop', language: 'javascript', source: 'for (;;);', code: 'FUEL', limits: FUEL },
  {
    name: 'a loop over a huge length in C',
    language: 'javascript',
    source: 'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)',
    code: 'FUEL',
    limits: FUEL,
  },
  {
    name: 'endless allocation',
    language: 'javascript',
    source: 'const blocks = []; for (;;) blocks.push(new Uint8Array(1 << 20).fill(1));',
    code: 'MEMORY',
    limits: { memory_mb: 64 },
  },
  {
    name: 'a flood of output',
    language: 'javascript',
    source: 'for (;;) console.log("x".repeat(1000));',
    code: 'OUTPUT',
  },
];

export function limitProgram({ language, source, limits = {} }: LimitCase): Program {
  return programOf(language, source, limits);
}
