/** The kernel's side of a filter, for tests: runs classic BPF over one system call. Knows just what filters here are made of. */
import { BPF } from '../../../../server/src/replay/jail-seccomp.ts';

export interface Call {
  architecture: number;
  number: number;
  arguments?: readonly bigint[];
}

/** @returns the answer of the filter, as in the kernel's `seccomp.h`. @throws Error for a program that the kernel would refuse */
export function answerOf(filter: Uint8Array, call: Call): number {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, call.number, true);
  data.setUint32(4, call.architecture, true);
  (call.arguments ?? []).forEach((value, index) => data.setBigUint64(16 + 8 * index, value, true));
  const program = new DataView(filter.buffer, filter.byteOffset, filter.byteLength);
  const length = filter.byteLength / 8;
  let accumulator = 0;
  for (let at = 0; at < length; at++) {
    const operand = program.getUint32(8 * at + 4, true);
    const hit = program.getUint8(8 * at + 2);
    const miss = program.getUint8(8 * at + 3);
    const operation = program.getUint16(8 * at, true);
    if (operation === BPF.answer) return operand;
    if (operation === BPF.load) accumulator = data.getUint32(operand, true);
    else if (operation === BPF.jumpIfEqual) at += accumulator === operand ? hit : miss;
    else if (operation === BPF.jumpIfAnyBit) at += (accumulator & operand) !== 0 ? hit : miss;
    else throw new Error(`instruction ${at} is unknown: ${operation}`);
  }
  throw new Error('the program runs past its end');
}
