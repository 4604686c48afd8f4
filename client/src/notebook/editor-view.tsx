/**
 * The editor of a cell in the page. It is made when its code has loaded and the cell comes near the window; until then the text
 * stands there plainly, and near the window in a field, so that a page can be read and written before anything else.
 */
import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useSignalEffect } from '@preact/signals';
import { pageNonce } from '../design/nonce.ts';
import type { createEditor, Editor, EditorCommands, EditorLanguage } from './editor.ts';
import { sourceOf } from './cell.ts';
import { engineStarted } from '../kernel/engine-started.ts';
import { useFocusRequest } from './focus-request.ts';
import { cellById, focusRequest, readOnly, showLineNumbers } from './store.ts';

interface EditorModule {
  createEditor: typeof createEditor;
}
/** Once loaded, editors are made at once, so that keys pressed after "add a cell" reach the new cell. */
let editorModule: EditorModule | null = null;

interface EditorViewProps {
  cellId: string;
  language: EditorLanguage;
  source: string;
  label: string;
  commands: EditorCommands;
  failedLine: number | null;
  /** Gives the cell a hand on its editor, for jumping to a line. */
  onEditor?: (editor: Editor | null) => void;
}

export function EditorView(props: EditorViewProps): VNode {
  const host = useRef<HTMLDivElement>(null);
  const waiting = useRef<HTMLTextAreaElement>(null);
  const editor = useRef<Editor | null>(null);
  const [near, setNear] = useState(() => isWanted(props.cellId));
  const [ready, setReady] = useState(false);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) setNear(true);
      },
      { rootMargin: '800px' },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    const element = host.current;
    if (element === null || !near) return undefined;
    let cancelled = false;
    let made: Editor | null = null;
    const start = (loaded: EditorModule): void => {
      editorModule = loaded;
      if (cancelled) return;
      const { language, label, failedLine, cellId } = latest.current;
      const typing = document.activeElement === waiting.current ? waiting.current : null;
      const cell = cellById(cellId);
      // What was typed last may not have been drawn yet.
      const source = cell === null ? latest.current.source : sourceOf(cell);
      const options = {
        language,
        source,
        label,
        nonce: pageNonce(),
        readOnly: readOnly.peek(),
        lineNumbers: showLineNumbers.peek(),
      };
      setReady(true);
      made = loaded.createEditor(
        element,
        options,
        currentCommands(() => latest.current.commands),
      );
      editor.current = made;
      latest.current.onEditor?.(made);
      made.markLine(failedLine);
      if (typing !== null) made.focus(typing.selectionStart);
      else if (isWanted(cellId)) made.focus(focusRequest.peek()?.caret ?? 'keep');
    };
    // Without its code the text stays readable; the next cell that comes near tries again.
    if (editorModule !== null) start(editorModule);
    else {
      if (isWanted(latest.current.cellId)) waiting.current?.focus();
      // Whoever wants to write is served at once.
      const wanted = isWanted(latest.current.cellId);
      void (wanted ? Promise.resolve() : engineStarted())
        .then(() => import('./editor.ts'))
        .then(start, () => undefined);
    }
    return () => {
      cancelled = true;
      latest.current.onEditor?.(null);
      editor.current = null;
      made?.destroy();
    };
  }, [near]);

  // What was typed is in the store at once, while this effect may run after more has been typed: the store is what counts.
  useEffect(() => {
    const cell = cellById(props.cellId);
    if (cell !== null) editor.current?.setSource(sourceOf(cell));
  }, [props.source]);
  useEffect(() => editor.current?.setLanguage(props.language, props.label), [props.language, props.label]);
  useEffect(() => editor.current?.markLine(props.failedLine), [props.failedLine]);
  useSignalEffect(() => editor.current?.setReadOnly(readOnly.value));
  useSignalEffect(() => editor.current?.setLineNumbers(showLineNumbers.value));
  useFocusRequest(props.cellId, 'edit', (request) => {
    if (editor.current !== null) editor.current.focus(request.caret);
    else if (waiting.current !== null) waiting.current.focus();
    else setNear(true);
  });

  return (
    <div ref={host} class={`editor editor-${props.language}`}>
      {ready || near ? null : (
        <pre class="editor-waiting" style={{ containIntrinsicBlockSize: `auto ${props.source.split('\n').length}lh` }}>
          {props.source}
        </pre>
      )}
      {ready || !near ? null : (
        <textarea
          ref={waiting}
          class="editor-waiting"
          aria-label={props.label}
          value={props.source}
          rows={props.source.split('\n').length}
          readOnly={readOnly.value}
          spellcheck={false}
          onInput={(event) => props.commands.onChange(event.currentTarget.value)}
          onFocus={() => props.commands.onFocus()}
          onKeyDown={(event) => {
            if (event.key === 'Escape') props.commands.leave();
          }}
        />
      )}
    </div>
  );
}

/** Whether the keyboard should go into this cell's editor. */
function isWanted(cellId: string): boolean {
  const request = focusRequest.peek();
  return request?.id === cellId && request.mode === 'edit';
}

/** The commands are looked up at each use, so that the editor outlives the render that made it. */
function currentCommands(commands: () => EditorCommands): EditorCommands {
  return {
    onChange: (source) => commands().onChange(source),
    onFocus: () => commands().onFocus(),
    leave: () => commands().leave(),
    run: () => commands().run(),
    runAndAdvance: () => commands().runAndAdvance(),
    runAndInsert: () => commands().runAndInsert(),
    above: () => commands().above(),
    below: () => commands().below(),
    split: (offset) => commands().split(offset),
    ask: (about, source, cursor) => commands().ask(about, source, cursor),
  };
}
