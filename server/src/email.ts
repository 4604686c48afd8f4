/** E-mail addresses as we compare them. */

/** Addresses are compared without regard to case, in one Unicode form. */
export function normaliseEmail(email: string): string {
  return email.normalize('NFC').toLowerCase();
}
