/** A CodeMirror editor for one cell: its language, keys, look and the mark on a line that failed. */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionStatus,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { javascript } from '@codemirror/lang-javascript';
import { markdown } from '@codemirror/lang-markdown';
import { python } from '@codemirror/lang-python';
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, Prec, StateEffect, StateField, type Extension } from '@codemirror/state';
import {
  Decoration,
  drawSelection,
  EditorView,
  keymap,
  lineNumbers,
  placeholder,
  type DecorationSet,
} from '@codemirror/view';
import { classHighlighter } from '@lezer/highlight';
import { completeWithTab, completionSource, type AskKernel } from './completion.ts';
import { closeInspection, inspectionOf } from './inspection.ts';

export type EditorLanguage = 'python' | 'javascript' | 'markdown';

/** What the editor asks the notebook to do. */
export interface EditorCommands {
  onChange(source: string): void;
  onFocus(): void;
  leave(): void;
  run(): void;
  runAndAdvance(): void;
  runAndInsert(): void;
  /** The caret wants to leave the cell. Returns whether there was somewhere to go. */
  above(): boolean;
  below(): boolean;
  split(offset: number): void;
  ask: AskKernel;
}

export interface EditorOptions {
  language: EditorLanguage;
  source: string;
  label: string;
  nonce: string;
  readOnly: boolean;
  lineNumbers: boolean;
}

export interface Editor {
  readonly view: EditorView;
  setSource(source: string): void;
  setLanguage(language: EditorLanguage, label: string): void;
  setReadOnly(readOnly: boolean): void;
  setLineNumbers(shown: boolean): void;
  /** 1-based; `null` clears the mark. Lines outside the text are ignored. */
  markLine(line: number | null): void;
  goToLine(line: number): void;
  /** @param caret a number is an offset in UTF-16 code units */
  focus(caret: 'start' | 'end' | 'keep' | number): void;
  destroy(): void;
}

const setFailedLine = StateEffect.define<number | null>();
const failedLine = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = transaction.docChanged ? marks.map(transaction.changes) : marks;
    for (const effect of transaction.effects) {
      if (!effect.is(setFailedLine)) continue;
      const line = effect.value;
      next =
        line === null || line < 1 || line > transaction.state.doc.lines
          ? Decoration.none
          : Decoration.set([Decoration.line({ class: 'cm-failed-line' }).range(transaction.state.doc.line(line).from)]);
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

export function createEditor(parent: HTMLElement, options: EditorOptions, commands: EditorCommands): Editor {
  const language = new Compartment();
  const access = new Compartment();
  const numbers = new Compartment();
  /** Set while the notebook itself changes the text, so that it is not told about its own change. */
  let quiet = false;

  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: options.source,
      extensions: [
        EditorView.cspNonce.of(options.nonce),
        cellKeymap(commands),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        keymap.of([
          ...closeBracketsKeymap,
          ...defaultKeymap.filter(({ key }) => key !== 'Mod-Enter'),
          ...historyKeymap,
          indentWithTab,
        ]),
        syntaxHighlighting(classHighlighter),
        failedLine,
        language.of(languageExtensions(options.language, options.label, commands.ask)),
        access.of(EditorState.readOnly.of(options.readOnly)),
        numbers.of(options.lineNumbers ? lineNumbers() : []),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !quiet) commands.onChange(update.state.doc.toString());
          if (update.focusChanged && update.view.hasFocus) commands.onFocus();
        }),
      ],
    }),
  });

  const focusAt = (position: number | null): void => {
    view.focus();
    if (position !== null) view.dispatch({ selection: { anchor: position }, scrollIntoView: true });
  };

  return {
    view,
    setSource(source) {
      if (view.state.doc.toString() === source) return;
      quiet = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: source } });
      quiet = false;
    },
    setLanguage(next, label) {
      view.dispatch({ effects: language.reconfigure(languageExtensions(next, label, commands.ask)) });
    },
    setReadOnly(readOnly) {
      view.dispatch({ effects: access.reconfigure(EditorState.readOnly.of(readOnly)) });
    },
    setLineNumbers(shown) {
      view.dispatch({ effects: numbers.reconfigure(shown ? lineNumbers() : []) });
    },
    markLine(line) {
      view.dispatch({ effects: setFailedLine.of(line) });
    },
    goToLine(line) {
      focusAt(view.state.doc.line(Math.max(1, Math.min(line, view.state.doc.lines))).from);
    },
    focus(caret) {
      const { length } = view.state.doc;
      focusAt(typeof caret === 'number' ? Math.min(caret, length) : { start: 0, end: length, keep: null }[caret]);
    },
    destroy() {
      view.destroy();
    },
  };
}

function languageExtensions(language: EditorLanguage, label: string, ask: AskKernel): Extension {
  const named = EditorView.contentAttributes.of({
    'aria-label': label,
    autocapitalize: 'off',
    spellcheck: 'false',
    tabindex: '0',
  });
  switch (language) {
    case 'python':
      return [named, python(), indentUnit.of('    '), EditorState.tabSize.of(4), knowing('python', ask)];
    case 'javascript':
      return [named, javascript(), indentUnit.of('  '), EditorState.tabSize.of(2), knowing('javascript', ask)];
    case 'markdown':
      return [
        EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'true', tabindex: '0' }),
        markdown(),
        EditorView.lineWrapping,
        placeholder('Write text in Markdown, with $formulas$'),
      ];
  }
}

/** Completion and inspection. The delay lets a word be typed before anyone is asked. */
function knowing(language: 'python' | 'javascript', ask: AskKernel): Extension {
  return [
    autocompletion({
      icons: false,
      activateOnTyping: true,
      activateOnTypingDelay: 150,
      interactionDelay: 50,
      override: [completionSource(language, ask)],
    }),
    Prec.high(keymap.of([{ key: 'Tab', run: completeWithTab }])),
    inspectionOf(ask),
  ];
}

function cellKeymap(commands: EditorCommands): Extension {
  const act = (run: () => void) => () => {
    run();
    return true;
  };
  return [
    keymap.of([
      { key: 'Shift-Enter', run: act(commands.runAndAdvance) },
      { key: 'Mod-Enter', run: act(commands.run) },
      { key: 'Ctrl-Enter', run: act(commands.run) },
      { key: 'Alt-Enter', run: act(commands.runAndInsert) },
      {
        key: 'Ctrl-Shift-Minus',
        run: (view) => {
          commands.split(view.state.selection.main.head);
          return true;
        },
      },
    ]),
    // Before the completion's own Escape, which also takes one for a list that has not opened yet.
    Prec.highest(
      keymap.of([
        {
          key: 'Escape',
          run: (view) => {
            if (completionStatus(view.state) === 'active') return closeCompletion(view);
            if (closeInspection(view)) return true;
            commands.leave();
            return true;
          },
        },
      ]),
    ),
    // Completion, where it is open, takes these keys first: its own key map has the highest precedence.
    keymap.of([
      { key: 'ArrowUp', run: (view) => atEdge(view, 0) && commands.above() },
      { key: 'ArrowDown', run: (view) => atEdge(view, view.state.doc.length) && commands.below() },
    ]),
  ];
}

/** Whether the caret stands on the same visual line as a position at the edge of the text. */
function atEdge(view: EditorView, edge: number): boolean {
  const { main } = view.state.selection;
  const caret = view.coordsAtPos(main.head);
  const end = view.coordsAtPos(edge);
  return main.empty && caret !== null && end !== null && Math.abs(caret.top - end.top) < 2;
}
