/** Pictures that Jupyter keeps beside a text cell become part of its text, so that the cell stays whole. */
import { isObject, MAX_SOURCE, optionalObjectAt } from './shape.ts';

/** Characters that attachments may add to one notebook: a small picture may be shown many times. */
const MAX_ADDED = 32 * 1024 * 1024;

/** What is left of it, over all cells of a notebook. */
export class AttachmentBudget {
  #left = MAX_ADDED;

  take(characters: number): boolean {
    if (characters > this.#left) return false;
    this.#left -= characters;
    return true;
  }
}

/**
 * One pass over the text, however many attachments there are.
 * @param attachments name → media type → base64, as nbformat has it
 * @returns the text, and whether every attachment is in it wherever it is shown
 * @throws NotebookError when the attachments are not an object
 */
export function inlineAttachments(
  source: string,
  attachments: unknown,
  where: string,
  budget: AttachmentBudget,
): { source: string; complete: boolean } {
  const bundles = optionalObjectAt(attachments, `the list of attachments of ${where}`);
  const left = new Map(Object.entries(bundles));
  if (left.size === 0) return { source, complete: true };
  const pictures = new Map<string, string | null>();
  let room = MAX_SOURCE - source.length;
  let complete = true;
  const text = source.replace(/\(attachment:([^)\n]{1,255})\)/g, (reference, name: string) => {
    const picture = pictures.get(name) ?? pictureOf(left.get(name));
    pictures.set(name, picture);
    left.delete(name);
    if (picture === null || picture.length > room || !budget.take(picture.length)) {
      complete = false;
      return reference;
    }
    room -= picture.length;
    return `(${picture})`;
  });
  return { source: text, complete: complete && left.size === 0 };
}

/** The first picture of a bundle as a `data:` address. */
function pictureOf(bundle: unknown): string | null {
  if (!isObject(bundle)) return null;
  for (const [type, value] of Object.entries(bundle)) {
    if (!/^image\/[a-z0-9][a-z0-9.+-]{0,40}$/.test(type)) continue;
    const lines: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (!lines.every((line) => typeof line === 'string')) continue;
    const base64 = lines.join('').replace(/\s+/g, '');
    if (/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return `data:${type};base64,${base64}`;
  }
  return null;
}
