/**
 * Generates valid WebAssembly modules from a tape of decisions. A shorter tape, or smaller numbers on it, gives a
 * simpler module, so that a property test can shrink what it found. Every module exports its functions as `f0`, `f1`, …,
 * its globals as `g0`, `g1`, its memory and its table; it imports `log`, `fail` and `call_back`.
 */
import { BodyGenerator, type GeneratorOptions, GLOBALS, IMPORT_COUNT } from './wasm-body-generator.ts';
import { I32, I64, moduleOf, section, vector } from './wasm-bytes.ts';
import { SIGNATURES, TAGS, Tape } from './wasm-signatures.ts';

/** Signatures of the imports, and their names. */
const IMPORTS = [
  ['log', 3],
  ['fail', 3],
  ['call_back', 1],
] as const;
/** Index of the import that calls back. */
const CALL_BACK = 2;
const TABLE_SIZE = 8;

const EXPORT = { function: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;

/** Generates a module. The same decisions and options give the same bytes. */
export function generateModule(decisions: readonly number[], options: GeneratorOptions): Uint8Array<ArrayBuffer> {
  const tape = new Tape(decisions);
  const signatures = Array.from({ length: 1 + tape.choose(4) }, () => tape.choose(SIGNATURES.length));
  // Every function has a part of the tape to itself, so that a long one does not starve the others.
  const share = Math.ceil(decisions.length / signatures.length);
  const bodies = signatures.map((signature, index) => {
    const part = new Tape(decisions.slice(index * share, (index + 1) * share));
    return new BodyGenerator(part, options, signatures).function(signature);
  });
  const functions = signatures.map((_, index) => IMPORT_COUNT + index);
  const types = SIGNATURES.map(({ parameters, results }) => [
    0x60,
    ...vector(parameters.map((type) => [type])),
    ...vector(results.map((type) => [type])),
  ]);
  const imports = IMPORTS.map(([text, signature]) => [...name('host'), ...name(text), EXPORT.function, signature]);
  const tags = options.exceptions ? TAGS : [];
  const exports = [
    ...functions.map((index, number) => [...name(`f${number}`), EXPORT.function, index]),
    [...name('memory'), EXPORT.memory, 0],
    [...name('table'), EXPORT.table, 0],
    ...GLOBALS.map((_, index) => [...name(`g${index}`), EXPORT.global, index]),
    ...tags.map((_, index) => [...name(`t${index}`), EXPORT.tag, index]),
  ];
  // Some slots of the table hold functions, imports first; the others are null.
  const filled = [CALL_BACK, 0, ...functions];
  return moduleOf(
    section(1, vector(types)),
    section(2, vector(imports)),
    section(3, vector(signatures.map((signature) => [signature]))),
    section(4, vector([[0x70, 0x01, TABLE_SIZE, TABLE_SIZE + 4]])),
    section(5, vector([[0x01, 0x01, 0x03]])),
    tags.length > 0 ? section(13, vector(tags.map((signature) => [0x00, signature]))) : [],
    section(
      6,
      vector([
        [I32, 0x01, 0x41, 0x05, 0x0b],
        [I64, 0x01, 0x42, 0x07, 0x0b],
      ]),
    ),
    section(7, vector(exports)),
    section(
      9,
      vector([
        [0x00, 0x41, 0x00, 0x0b, filled.length, ...filled],
        [0x01, 0x00, functions.length, ...functions],
      ]),
    ),
    section(12, [2]),
    section(10, vector(bodies)),
    section(
      11,
      vector([
        [0x00, 0x41, 0x10, 0x0b, 3, 1, 2, 3],
        [0x01, 5, 9, 8, 7, 6, 5],
      ]),
    ),
  );
}

function name(text: string): number[] {
  return vector([...new TextEncoder().encode(text)].map((byte) => [byte]));
}
