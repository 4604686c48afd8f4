/** What stands under the pointer, or before the caret with Shift+Tab: signature and documentation from the live kernel. */
import { Prec, StateEffect, StateField, type EditorState, type Extension } from '@codemirror/state';
import { hoverTooltip, keymap, showTooltip, type EditorView, type Tooltip } from '@codemirror/view';
import type { AskKernel } from './completion.ts';

/** Long enough that a pointer on its way across the page opens nothing. */
const HOVER_MS = 600;

const setInspection = StateEffect.define<Tooltip | null>();
const inspection = StateField.define<Tooltip | null>({
  create: () => null,
  update(tooltip, transaction) {
    for (const effect of transaction.effects) if (effect.is(setInspection)) return effect.value;
    // It speaks of where the caret was.
    return transaction.docChanged || transaction.selection !== undefined ? null : tooltip;
  },
  provide: (field) => showTooltip.from(field),
});

export function inspectionOf(ask: AskKernel): Extension {
  return [
    inspection,
    hoverTooltip(
      async (view, pos) => {
        if (!/[\w$]/.test(view.state.sliceDoc(Math.max(0, pos - 1), pos + 1))) return null;
        const text = await textAt(view, pos, ask);
        return text === null ? null : tooltip(pos, text);
      },
      { hoverTime: HOVER_MS },
    ),
    Prec.high(keymap.of([{ key: 'Shift-Tab', run: (view) => inspectAtCaret(view, ask) }])),
  ];
}

/** Where nothing but space stands before the caret, the key keeps taking indentation away. */
function inspectAtCaret(view: EditorView, ask: AskKernel): boolean {
  const { main } = view.state.selection;
  const line = view.state.doc.lineAt(main.head);
  if (!main.empty || view.state.sliceDoc(line.from, main.head).trim() === '') return false;
  const { doc } = view.state;
  void textAt(view, main.head, ask).then((text) => {
    const same = view.state.doc === doc && view.state.selection.main.head === main.head;
    if (text !== null && same) view.dispatch({ effects: setInspection.of(tooltip(main.head, text)) });
  });
  return true;
}

/** False: there was none to close. */
export function closeInspection(view: EditorView): boolean {
  if (!view.state.field(inspection, false)) return false;
  view.dispatch({ effects: setInspection.of(null) });
  return true;
}

async function textAt({ state }: { state: EditorState }, pos: number, ask: AskKernel): Promise<string | null> {
  const answer = await ask('inspect', state.doc.toString(), pos);
  return answer === null || answer.text === '' ? null : answer.text;
}

/** The text comes from a cell: it is shown as text and nothing else. */
function tooltip(pos: number, text: string): Tooltip {
  return {
    pos,
    above: true,
    create() {
      const dom = document.createElement('pre');
      dom.className = 'cm-inspection';
      dom.tabIndex = 0;
      dom.textContent = text;
      return { dom };
    },
  };
}
