/** What was changed or left out in reading, collected per kind, so that a long notebook gives few sentences. */

/** `outputs` is so usual that a reader of files may want to stay silent about it. */
export type NoteKind = 'attachments' | 'format' | 'ids' | 'outputs' | 'shell' | 'tags';

export interface Note {
  kind: NoteKind;
  /** For people; names the cells, counted from 1. */
  sentence: string;
}

/** In the order in which they are told. */
const SENTENCES: Readonly<Record<NoteKind, (cells: string) => string>> = {
  format: () => 'The notebook has format 3 and was read as format 4.',
  outputs: (cells) => `Stored outputs of ${cells} were left out: run the notebook to make them.`,
  shell: (cells) => `There is no shell here, and nothing is installed (!, %pip, %%bash): ${cells} may ask for it.`,
  attachments: (cells) =>
    `Pictures attached to ${cells} were left out: the text does not show them, or they are too large or not readable.`,
  ids: (cells) => `New ids were given to ${cells}: those in the file are not valid or not unique.`,
  tags: (cells) => `Tags of ${cells} were left out: they are too many, not valid or not unique.`,
};
/** So many cells are named. */
const MOST_NAMED = 5;

export class Notes {
  readonly #cells = new Map<NoteKind, Set<number>>();

  /** @param cell counted from 1; 0 for the whole notebook */
  add(kind: NoteKind, cell: number): void {
    const cells = this.#cells.get(kind) ?? new Set();
    this.#cells.set(kind, cells.add(cell));
  }

  all(): Note[] {
    // Safe: these are the keys that the table was written with.
    const kinds = Object.keys(SENTENCES) as NoteKind[];
    return kinds.flatMap((kind) => {
      const cells = this.#cells.get(kind);
      return cells === undefined ? [] : [{ kind, sentence: SENTENCES[kind](enumerate([...cells])) }];
    });
  }
}

function enumerate(cells: readonly number[]): string {
  const named = cells.slice(0, MOST_NAMED).map(String);
  if (cells.length > MOST_NAMED) named.push(`${cells.length - MOST_NAMED} more`);
  const last = named.pop() ?? '';
  return `${cells.length === 1 ? 'cell' : 'cells'} ${named.length === 0 ? last : `${named.join(', ')} and ${last}`}`;
}
