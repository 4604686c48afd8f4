/** Names that cross from a guest to people and other programs. */

const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/;
const MAX_NAME_BYTES = 255;

/** A lower-case `type/subtype` of RFC 6838 names, without parameters. */
export function isMediaType(text: string): boolean {
  return MEDIA_TYPE.test(text);
}

/**
 * An artifact's name is a plain relative path: printable, without `.` or `..` parts, and safe in a header and on every
 * common file system.
 * @returns what is wrong with it, or null
 */
export function checkArtifactName(name: string): string | null {
  if (!name.isWellFormed()) return 'its name is not valid Unicode';
  const bytes = new TextEncoder().encode(name).length;
  if (bytes < 1 || bytes > MAX_NAME_BYTES) return `its name has ${bytes} bytes, allowed are 1 to ${MAX_NAME_BYTES}`;
  // Control, format (bidirectional too), surrogate, private use and unassigned characters; separators other than a space.
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(name)) return 'its name has control, format or unassigned characters';
  if (/[\\:*?"<>|]/.test(name)) return 'its name has one of \\ : * ? " < > |';
  if (name !== name.trim() || /[^\S ]/u.test(name)) return 'its name has spaces other than single ones between words';
  for (const part of name.split('/')) {
    if (part === '' || part === '.' || part === '..')
      return "its name has an empty, '.' or '..' part, or a leading slash";
    if (part !== part.trim() || part.endsWith('.'))
      return 'a part of its name begins or ends with a space or ends with a dot';
  }
  return null;
}
