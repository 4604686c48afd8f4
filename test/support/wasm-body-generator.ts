/** Generates function bodies for `wasm-generator.ts`: typed code of every shape that control flow takes. */
import { Bytes, I32, I64, signed, unsigned } from './wasm-bytes.ts';
import { sameTypes, signatureAt, SIGNATURES, TAGS, type Tape, type Type } from './wasm-signatures.ts';

/** Functions below this index are imports: `log`, `fail`, `call_back`. */
export const IMPORT_COUNT = 3;
/** Locals of every function, beyond its parameters. */
const EXTRA_LOCALS: readonly Type[] = [I32, I32, I32, I64, I64];
export const GLOBALS: readonly Type[] = [I32, I64];

export interface GeneratorOptions {
  /** Instructions that some engine or comparison cannot take. */
  readonly exceptions: boolean;
  readonly tailCalls: boolean;
}

interface Label {
  /** What a branch to it takes along. */
  readonly types: readonly Type[];
  /** A `delegate` may name it: it is a try's, still in its body, or the function's. */
  delegable: boolean;
  /** A `rethrow` may name it. */
  catching: boolean;
}

export class BodyGenerator {
  private readonly tape: Tape;
  private readonly options: GeneratorOptions;
  /** Of each function that the module defines. */
  private readonly signatures: readonly number[];
  private out = new Bytes();
  private locals: readonly Type[] = [];
  /** Innermost first. */
  private labels: Label[] = [];
  private results: readonly Type[] = [];
  private resultSignature = 0;

  constructor(tape: Tape, options: GeneratorOptions, signatures: readonly number[]) {
    this.tape = tape;
    this.options = options;
    this.signatures = signatures;
  }

  /** The code of a function, its length first. */
  function(signature: number): number[] {
    const { parameters, results } = signatureAt(signature);
    this.out = new Bytes();
    this.locals = [...parameters, ...EXTRA_LOCALS];
    this.results = results;
    this.resultSignature = signature;
    this.labels = [{ types: results, delegable: true, catching: false }];
    this.sequence(results, 0);
    const code = [EXTRA_LOCALS.length, ...EXTRA_LOCALS.flatMap((type) => [1, type]), ...this.out.values, 0x0b];
    return [...unsigned(code.length), ...code];
  }

  /** Statements, then values of the given types. Nothing else is left on the stack. */
  private sequence(results: readonly Type[], depth: number): void {
    for (let count = this.tape.choose(5); count > 0 && this.tape.left; count--) this.statement(depth);
    for (const type of results) this.expression(type, depth);
  }

  private expression(type: Type, depth: number): void {
    const choice = depth > 5 ? this.tape.choose(2) : this.tape.choose(type === I32 ? 12 : 7);
    if (choice === 0) return this.constant(type);
    if (choice === 1) return this.localOf(type, 0x20);
    if (choice === 2) return this.out.push(0x23, GLOBALS.indexOf(type));
    if (choice === 3) {
      this.expression(type, depth + 1);
      this.expression(type, depth + 1);
      // Addition to the unsigned right shift, division included.
      return this.out.push((type === I32 ? 0x6a : 0x7c) + this.tape.choose(13));
    }
    if (choice === 4) {
      this.small(depth + 1);
      return this.out.push(
        type === I32 ? 0x28 : 0x29,
        0x00,
        ...unsigned(this.tape.choose(8) === 7 ? 70_000 : this.tape.choose(64)),
      );
    }
    if (choice === 5) {
      this.expression(type === I32 ? I64 : I32, depth + 1);
      return this.out.push(type === I32 ? 0xa7 : 0xac);
    }
    if (choice === 6) {
      this.expression(type, depth + 1);
      this.expression(type, depth + 1);
      this.expression(I32, depth + 1);
      return this.out.push(0x1b);
    }
    if (choice === 7) {
      this.expression(I32, depth + 1);
      this.expression(I32, depth + 1);
      return this.out.push(0x46 + this.tape.choose(10));
    }
    if (choice === 8) return this.out.push(0x3f, 0x00);
    if (choice === 9) {
      this.expression(I32, depth + 1);
      return this.out.push(0x10, 2);
    }
    if (choice === 10) {
      this.out.push(0x41, ...signed(this.tape.choose(64) === 63 ? -1 : this.tape.choose(3)));
      return this.out.push(0x40, 0x00);
    }
    return this.out.push(0xfc, 16, 0);
  }

  /** Mostly a number of few bits: an address or length within bounds. */
  private small(depth: number): void {
    this.expression(I32, depth);
    const mask = [3, 7, 63, undefined][this.tape.choose(4)];
    if (mask !== undefined) this.out.push(0x41, ...signed(mask), 0x71);
  }

  private constant(type: Type): void {
    const value = this.tape.choose(4) === 3 ? this.tape.choose(200_000) - 100_000 : this.tape.choose(9) - 2;
    this.out.push(type === I32 ? 0x41 : 0x42, ...signed(value));
  }

  /** An access to one of the locals of a type. */
  private localOf(type: Type, opcode: number): void {
    const fitting = this.locals.flatMap((local, index) => (local === type ? [index] : []));
    this.out.push(opcode, fitting[this.tape.choose(fitting.length)] ?? 0);
  }

  private statement(depth: number): void {
    const choice = this.tape.choose(depth > 4 ? 6 : 20);
    switch (choice) {
      case 0:
        return this.assign(depth);
      case 1:
        this.expression(I32, depth);
        return this.out.push(0x10, 0);
      case 2:
        return this.branch(depth);
      case 3:
        return this.call(depth);
      case 4:
        return this.bulk(depth);
      case 5:
        this.small(depth);
        this.expression(I32, depth);
        return this.out.push(0x36, 0x02, ...unsigned(this.tape.choose(8) === 7 ? 70_000 : this.tape.choose(64)));
      case 6:
      case 7:
        return this.block(0x02, depth);
      case 8:
        return this.block(0x03, depth);
      case 9:
      case 10:
        return this.countedLoop(depth);
      case 11:
      case 12:
        return this.conditional(depth);
      case 13:
      case 14:
      case 15:
        return this.options.exceptions ? this.try(depth) : this.block(0x02, depth);
      case 16:
        return this.leave(depth);
      case 17:
        this.expression(I32, depth);
        return this.out.push(0x10, 1);
      default:
        this.expression(I32, depth);
        this.out.push(0x04, 0x40);
        this.inside([], () => (this.options.exceptions ? this.throw(depth) : this.leave(depth)));
        return this.out.push(0x0b);
    }
  }

  private assign(depth: number): void {
    const type = this.tape.choose(2) === 0 ? I32 : I64;
    this.expression(type, depth);
    const target = this.tape.choose(5);
    if (target === 4) this.out.push(0x24, GLOBALS.indexOf(type));
    else if (target === 3) {
      this.localOf(type, 0x22);
      this.out.push(0x1a);
    } else this.localOf(type, 0x21);
  }

  /** A branch to any label, of any kind. After an unconditional one the rest of the sequence is dead code. */
  private branch(depth: number): void {
    const label = this.tape.choose(this.labels.length);
    const types = this.labelAt(label).types;
    for (const type of types) this.expression(type, depth + 1);
    const kind = this.tape.choose(4);
    if (kind < 2) {
      this.expression(I32, depth + 1);
      this.out.push(0x0d, label);
      this.consume(types);
    } else if (kind === 2) {
      this.expression(I32, depth + 1);
      // Labels of one table agree in what they take.
      const alike = this.labels.flatMap((_, index) => (sameTypes(this.labelAt(index).types, types) ? [index] : []));
      const targets = Array.from({ length: this.tape.choose(4) }, () => alike[this.tape.choose(alike.length)] ?? label);
      this.out.push(0x0e, targets.length, ...targets, label);
    } else this.out.push(0x0c, label);
  }

  /** Ways out of the function, or to a trap or handler. */
  private leave(depth: number): void {
    const kind = this.tape.choose(this.options.tailCalls ? 6 : 4);
    if (kind === 0) {
      for (const type of this.results) this.expression(type, depth + 1);
      return this.out.push(0x0f);
    }
    if (kind === 1) return this.out.push(0x00);
    if (kind === 2 && this.options.exceptions) return this.throw(depth);
    const catching = this.labels.flatMap((_, index) => (this.labelAt(index).catching ? [index] : []));
    if (kind === 3 && catching.length > 0) return this.out.push(0x09, catching[this.tape.choose(catching.length)] ?? 0);
    if (kind < 4) return this.out.push(0x01);
    return this.tailCall(depth, kind === 5);
  }

  private throw(depth: number): void {
    const tag = this.tape.choose(TAGS.length);
    for (const type of signatureAt(TAGS[tag] ?? 0).parameters) this.expression(type, depth + 1);
    this.out.push(0x08, tag);
  }

  private tailCall(depth: number, indirect: boolean): void {
    const fitting = this.signatures.flatMap((signature, index) =>
      sameTypes(signatureAt(signature).results, this.results) ? [index] : [],
    );
    const target = fitting[this.tape.choose(fitting.length)];
    if (target === undefined && !indirect) return this.out.push(0x01);
    const signature = indirect ? this.resultSignature : (this.signatures[target ?? 0] ?? 0);
    for (const type of signatureAt(signature).parameters) this.expression(type, depth + 1);
    if (!indirect) return this.out.push(0x12, IMPORT_COUNT + (target ?? 0));
    this.expression(I32, depth + 1);
    return this.out.push(0x13, signature, 0);
  }

  private call(depth: number): void {
    const kind = this.tape.choose(4);
    if (kind === 3) return this.callThroughTable(1, depth);
    const target = this.tape.choose(this.signatures.length);
    const signature = this.signatures[target] ?? 0;
    if (kind === 2) return this.callThroughTable(signature, depth);
    for (const type of signatureAt(signature).parameters) this.expression(type, depth + 1);
    this.out.push(0x10, IMPORT_COUNT + target);
    this.consume(signatureAt(signature).results);
  }

  private callThroughTable(signature: number, depth: number): void {
    for (const type of signatureAt(signature).parameters) this.expression(type, depth + 1);
    this.small(depth + 1);
    this.out.push(0x11, signature, 0);
    this.consume(signatureAt(signature).results);
  }

  private bulk(depth: number): void {
    const kind = this.tape.choose(8);
    const three = (): void => {
      for (let operand = 0; operand < 3; operand++) this.small(depth + 1);
    };
    if (kind < 3) {
      three();
      const immediates = kind === 0 ? [11, 0] : kind === 1 ? [10, 0, 0] : [8, 1, 0];
      this.out.push(0xfc, ...immediates);
    } else if (kind === 3) {
      three();
      this.out.push(0xfc, 12, 1, 0);
    } else if (kind === 4) {
      three();
      this.out.push(0xfc, 14, 0, 0);
    } else if (kind === 5) {
      this.small(depth + 1);
      this.reference();
      this.small(depth + 1);
      this.out.push(0xfc, 17, 0);
    } else if (kind === 6) {
      this.reference();
      this.small(depth + 1);
      this.out.push(0xfc, 15, 0, 0x1a);
    } else this.out.push(0xfc, this.tape.choose(2) === 0 ? 9 : 13, 1);
  }

  private reference(): void {
    if (this.tape.choose(2) === 0) this.out.push(0xd0, 0x70);
    else this.out.push(0xd2, IMPORT_COUNT + this.tape.choose(this.signatures.length));
  }

  /** A block or loop of any signature. A loop of this kind may well be endless: fuel ends it. */
  private block(opcode: number, depth: number): void {
    const signature = this.tape.choose(SIGNATURES.length);
    const { parameters, results } = signatureAt(signature);
    for (const type of parameters) this.expression(type, depth + 1);
    this.out.push(opcode, signature);
    this.inside(opcode === 0x03 ? parameters : results, () => this.blockBody(parameters, results, depth));
    this.out.push(0x0b);
    this.consume(results);
  }

  private blockBody(parameters: readonly Type[], results: readonly Type[], depth: number): void {
    this.consume(parameters);
    this.sequence(results, depth + 1);
  }

  /** A loop that ends by itself: a local that nothing else is likely to touch counts down. */
  private countedLoop(depth: number): void {
    const counter = this.locals.length - EXTRA_LOCALS.length;
    this.out.push(0x41, ...signed(this.tape.choose(6)), 0x21, counter, 0x03, 0x40);
    this.inside([], () => this.sequence([], depth + 1));
    this.out.push(0x20, counter, 0x41, 0x01, 0x6b, 0x22, counter, 0x41, 0x00, 0x4a, 0x0d, 0x00, 0x0b);
  }

  private conditional(depth: number): void {
    const signature = this.tape.choose(SIGNATURES.length);
    const { parameters, results } = signatureAt(signature);
    for (const type of parameters) this.expression(type, depth + 1);
    this.expression(I32, depth + 1);
    this.out.push(0x04, signature);
    this.inside(results, () => this.blockBody(parameters, results, depth));
    // Without an `else`, what goes in comes out.
    if (!sameTypes(parameters, results) || this.tape.choose(2) === 0) {
      this.out.push(0x05);
      this.inside(results, () => this.blockBody(parameters, results, depth));
    }
    this.out.push(0x0b);
    this.consume(results);
  }

  private try(depth: number): void {
    const signature = this.tape.choose(SIGNATURES.length);
    const { parameters, results } = signatureAt(signature);
    for (const type of parameters) this.expression(type, depth + 1);
    this.out.push(0x06, signature);
    const label: Label = { types: results, delegable: true, catching: false };
    this.labels.unshift(label);
    if (this.tape.choose(2) === 0) this.call(depth + 1);
    this.blockBody(parameters, results, depth);
    label.delegable = false;
    if (this.tape.choose(4) === 3) {
      this.labels.shift();
      const targets = this.labels.flatMap((_, index) => (this.labelAt(index).delegable ? [index] : []));
      this.out.push(0x18, targets[this.tape.choose(targets.length)] ?? this.labels.length - 1);
      this.consume(results);
      return;
    }
    label.catching = true;
    const tags = [0, 1, 2].filter(() => this.tape.choose(2) === 1);
    for (const tag of tags) {
      this.out.push(0x07, tag);
      this.blockBody(signatureAt(TAGS[tag] ?? 0).parameters, results, depth);
    }
    if (this.tape.choose(3) !== 2) {
      this.out.push(0x19);
      if (this.tape.choose(2) === 0) this.out.push(0x41, 0x2a, 0x10, 0);
      this.sequence(results, depth + 1);
    }
    this.labels.shift();
    this.out.push(0x0b);
    this.consume(results);
  }

  private inside(types: readonly Type[], write: () => void): void {
    this.labels.unshift({ types, delegable: false, catching: false });
    write();
    this.labels.shift();
  }

  private labelAt(index: number): Label {
    return this.labels[index] ?? { types: [], delegable: false, catching: false };
  }

  /** Takes values off the stack: drops them, or keeps them in locals. */
  private consume(types: readonly Type[]): void {
    for (const type of types.toReversed()) {
      if (this.tape.choose(2) === 0) this.out.push(0x1a);
      else this.localOf(type, 0x21);
    }
  }
}
