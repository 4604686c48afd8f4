/** Why a guest was stopped for good. */
import type { RunErrorCode } from '../run/record.ts';

export type TrapKind = 'limit' | 'violation' | 'input' | 'files' | 'internal';

/** A latched reason to stop: the instance that raised it is never entered again. */
export class GuestTrap extends Error {
  override readonly name = 'GuestTrap';
  readonly kind: TrapKind;
  readonly code: RunErrorCode;
  /** Allowed and used amounts in the unit of the limit. */
  readonly limit: number | undefined;
  readonly used: number | undefined;

  constructor(kind: TrapKind, code: RunErrorCode, message: string, amounts: { limit?: number; used?: number } = {}) {
    super(message);
    this.kind = kind;
    this.code = code;
    this.limit = amounts.limit;
    this.used = amounts.used;
  }
}
