/** Notebooks of nbformat 3 (IPython 1 and 2) as cells of nbformat 4: what nbformat's own converter does, as far as it concerns sources. */
import { requireLanguage } from './language.ts';
import { listAt, objectAt, optionalTextAt, sourceAt, type Json } from './shape.ts';

/** @throws NotebookError */
export function cellsOfVersion3(notebook: Json): unknown[] {
  const sheets = listAt(notebook['worksheets'], 'the list of worksheets');
  const cells = sheets.flatMap((sheet, index) => {
    const where = `worksheet ${index + 1}`;
    return listAt(objectAt(sheet, where)['cells'], `the list of cells of ${where}`);
  });
  return cells.map((cell, index) => upgradeCell(objectAt(cell, `cell ${index + 1}`), `cell ${index + 1}`));
}

function upgradeCell(cell: Json, where: string): Json {
  switch (cell['cell_type']) {
    case 'code': {
      const language = optionalTextAt(cell['language'], `the language of ${where}`);
      const metadata = language === null ? {} : { praxis: { language: requireLanguage(language, where) } };
      return { cell_type: 'code', source: cell['input'] ?? '', metadata, outputs: cell['outputs'] };
    }
    case 'heading': {
      const { level } = cell;
      const depth = typeof level === 'number' && Number.isInteger(level) ? Math.max(1, Math.min(6, level)) : 1;
      // A heading is one line in Markdown.
      const text = sourceAt(cell['source'] ?? '', `the source of ${where}`).replace(/\s*\n\s*/g, ' ');
      return { cell_type: 'markdown', source: `${'#'.repeat(depth)} ${text}` };
    }
    case 'html':
    case 'plaintext':
    case 'markdown':
      return { cell_type: 'markdown', source: cell['source'] ?? '' };
    default:
      return cell;
  }
}
