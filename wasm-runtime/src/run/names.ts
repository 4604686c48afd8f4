/** Names that cross from a guest to people and other programs. */

const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/;
const MAX_NAME_BYTES = 255;
/**
 * Control, format (bidirectional too), private use and non-characters, separators of lines and paragraphs. Written out after
 * Unicode 16: engines have different versions of it, and all must refuse the same names. What is unassigned is let through.
 */
// prettier-ignore
const INVISIBLE = new RegExp(
  '[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u180e\\u200b-\\u200f' +
    '\\u2028-\\u202e\\u2060-\\u206f\\ue000-\\uf8ff\\ufdd0-\\ufdef\\ufeff\\ufff0-\\ufffb\\ufffe\\uffff' +
    '\\u{110bd}\\u{110cd}\\u{13430}-\\u{1343f}\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}\\u{f0000}-\\u{10ffff}]',
  'u',
);

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
  if (INVISIBLE.test(name)) return 'its name has control, format or private characters';
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
