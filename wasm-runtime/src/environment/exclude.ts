/**
 * What of a wheel is left out. Three forms of pattern and no more, so that what one means needs no manual:
 *
 * - `**` + `/NAME/**`: all that lies in a folder NAME, wherever that folder lies;
 * - `**` + `/*ENDING`: all files whose name ends so;
 * - `PATH/**`: all that lies in the folder PATH of site-packages.
 */
const PART = '[A-Za-z0-9_.-]+';
/** As a regular expression for schemas. */
export const EXCLUDE_PATTERN = `^(\\*\\*/${PART}/\\*\\*|\\*\\*/\\*${PART}|${PART}(/${PART})*/\\*\\*)$`;
const FORM = new RegExp(EXCLUDE_PATTERN);

/** @throws TypeError for a pattern of another form */
export function isExcluded(path: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matches(path, pattern));
}

function matches(path: string, pattern: string): boolean {
  if (!FORM.test(pattern)) throw new TypeError(`exclude: ${pattern} is no pattern`);
  if (pattern.startsWith('**/*')) {
    const ending = pattern.slice('**/*'.length);
    return path.slice(path.lastIndexOf('/') + 1).endsWith(ending);
  }
  if (pattern.startsWith('**/')) return `/${path}`.includes(`/${pattern.slice('**/'.length, -'**'.length)}`);
  return path.startsWith(pattern.slice(0, -'**'.length));
}
