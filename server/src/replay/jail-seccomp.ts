/**
 * The list of system calls as a program for the kernel's filter (seccomp mode 2), made here so that neither a C compiler nor libseccomp
 * is needed. The program is classic BPF: an array of `struct sock_filter`, run over `struct seccomp_data` at each call.
 * Source: Linux, Documentation/userspace-api/seccomp_filter.rst and include/uapi/linux/{seccomp,filter,audit}.h.
 */
import { ALLOWED_SYSCALLS, ERRNO, type Condition, type Syscall } from './jail-syscalls.ts';

/** Architectures with a filter, by Node's names for them. */
export type FilterArchitecture = 'x64' | 'arm64';

export const AUDIT_ARCHITECTURE: Readonly<Record<FilterArchitecture, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 };

/** Operations: load a word of the data; compare it; end with an answer. */
export const BPF = { load: 0x20, jumpIfEqual: 0x15, jumpIfAnyBit: 0x45, answer: 0x06 } as const;

export const ANSWER = { kill: 0x80000000, errno: 0x00050000, allow: 0x7fff0000 } as const;

/** Offsets in `struct seccomp_data`: number, architecture, and six arguments of 64 bits, low half first on both architectures. */
export const DATA = { number: 0, architecture: 4, argument: (index: number): number => 16 + 8 * index } as const;

interface Instruction {
  operation: number;
  /** Instructions to skip when the comparison holds, and when not; 0 to 255. */
  hit: number;
  miss: number;
  operand: number;
}

const INSTRUCTION_BYTES = 8;

export function isFilterArchitecture(architecture: string): architecture is FilterArchitecture {
  return Object.hasOwn(AUDIT_ARCHITECTURE, architecture);
}

/** @returns the filter as `bwrap --seccomp` reads it */
export function compileFilter(
  architecture: FilterArchitecture,
  allowed: readonly Syscall[] = ALLOWED_SYSCALLS,
): Uint8Array {
  const program: Instruction[] = [
    load(DATA.architecture),
    // Numbers mean other calls in other modes of the processor; nothing here uses them.
    jump(BPF.jumpIfEqual, AUDIT_ARCHITECTURE[architecture], 1, 0),
    answer(ANSWER.kill),
    load(DATA.number),
  ];
  for (const syscall of allowed) {
    const number = syscall[architecture];
    if (number === null) continue;
    const body = syscall.when ? conditional(syscall.when) : [answer(ANSWER.allow)];
    program.push(jump(BPF.jumpIfEqual, number, 0, body.length), ...body);
  }
  // "Not implemented" and not "not permitted": C libraries then use an older call, if there is one on the list.
  program.push(answer(ANSWER.errno | ERRNO.ENOSYS));
  return encode(program);
}

/** Always answers: the number is overwritten, so nothing after it could go on comparing. */
function conditional({ argument, test, values, otherwise }: Condition): Instruction[] {
  const operation = test === 'one of' ? BPF.jumpIfEqual : BPF.jumpIfAnyBit;
  const [found, missed] =
    test === 'lacks' ? [ANSWER.errno | otherwise, ANSWER.allow] : [ANSWER.allow, ANSWER.errno | otherwise];
  const tests = values.map((value, index) => jump(operation, value, values.length - index, 0));
  return [load(DATA.argument(argument)), ...tests, answer(missed), answer(found)];
}

const load = (offset: number): Instruction => ({ operation: BPF.load, hit: 0, miss: 0, operand: offset });
const answer = (operand: number): Instruction => ({ operation: BPF.answer, hit: 0, miss: 0, operand });
const jump = (operation: number, operand: number, hit: number, miss: number): Instruction => ({
  operation,
  hit,
  miss,
  operand,
});

/** Both architectures are little-endian. */
function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * INSTRUCTION_BYTES);
  const view = new DataView(bytes.buffer);
  program.forEach(({ operation, hit, miss, operand }, index) => {
    const offset = index * INSTRUCTION_BYTES;
    if (hit > 255 || miss > 255) throw new RangeError('filter: a jump is longer than 255 instructions');
    view.setUint16(offset, operation, true);
    view.setUint8(offset + 2, hit);
    view.setUint8(offset + 3, miss);
    view.setUint32(offset + 4, operand >>> 0, true);
  });
  return bytes;
}
