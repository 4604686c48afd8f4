/**
 * Jupyter notebooks (nbformat, https://nbformat.readthedocs.io) ⇄ objects of a revision: the one reader and the one writer, for the
 * server, the command line and the page. Pure and the same everywhere. Whoever made a notebook is not trusted.
 */
export { NotebookError } from './error.ts';
export { MAX_NOTEBOOK_BYTES } from './json.ts';
export type { Note, NoteKind } from './notes.ts';
export type { NotebookObject, WritableObject } from './object.ts';
export { readNotebook, readNotebookBytes, readNotebookValue, type ReadNotebook } from './read.ts';
export { writeNotebook, type NotebookToWrite, type ObjectOutputs } from './write.ts';
