/** Every action of the page in one table: what the palette lists, the keys that do it, and what it does. */

export interface Action {
  id: string;
  label: string;
  group: 'Run' | 'Cell' | 'Move' | 'Document' | 'Page';
  /** As they are printed, alternatives separated by ` or `. */
  keys: string;
  run: () => void;
  /** Absent: always. */
  enabled?: () => boolean;
}

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
export const MODIFIER = isMac ? '⌘' : 'Ctrl';

/** What the actions act on. Cell actions get the selected cell. */
export interface ActionTargets {
  run(id: string): void;
  runAndAdvance(id: string): void;
  runAndInsert(id: string): void;
  runAll(): void;
  runAllAbove(id: string): void;
  stop(): void;
  restart(): void;
  restartAndRunAll(): void;
  addAbove(id: string): void;
  addBelow(id: string): void;
  remove(id: string): void;
  undoDelete(): void;
  move(id: string, by: number): void;
  cut(id: string): void;
  copy(id: string): void;
  paste(id: string): void;
  pasteAbove(id: string): void;
  toMarkdown(id: string): void;
  toCode(id: string, language?: 'python' | 'javascript'): void;
  toggleOutput(id: string): void;
  toggleLineNumbers(): void;
  edit(id: string): void;
  selectRelative(by: number): void;
  selectEnd(which: 'first' | 'last'): void;
  save(): void;
  saveCopy(): void;
  verify(): void;
  verifyOnServer(): void;
  importNotebook(): void;
  exportNotebook(): void;
  newScratch(): void;
  showHistory(): void;
  toggleRail(): void;
  toggleTheme(): void;
  openLimits(): void;
  openPalette(): void;
  openShortcuts(): void;
  signIn(): void;
}

interface Conditions {
  selected: () => string | null;
  editable: () => boolean;
  running: () => boolean;
  signedOut: () => boolean;
}

export function actionTable(to: ActionTargets, { selected, editable, running, signedOut }: Conditions): Action[] {
  const onCell = (act: (id: string) => void) => () => {
    const id = selected();
    if (id !== null) act(id);
  };
  const cell = (id: string, label: string, keys: string, act: (id: string) => void): Action => ({
    id,
    label,
    group: 'Cell',
    keys,
    run: onCell(act),
    enabled: editable,
  });
  return [
    {
      id: 'run-advance',
      label: 'Run cell and go to the next',
      group: 'Run',
      keys: 'Shift+Enter',
      run: onCell(to.runAndAdvance),
    },
    { id: 'run', label: 'Run cell', group: 'Run', keys: `${MODIFIER}+Enter`, run: onCell(to.run) },
    {
      id: 'run-insert',
      label: 'Run cell and add one below',
      group: 'Run',
      keys: 'Alt+Enter',
      run: onCell(to.runAndInsert),
      enabled: editable,
    },
    { id: 'run-all', label: 'Run all cells', group: 'Run', keys: '', run: to.runAll },
    { id: 'run-above', label: 'Run all cells above', group: 'Run', keys: '', run: onCell(to.runAllAbove) },
    { id: 'stop', label: 'Stop', group: 'Run', keys: 'i i', run: to.stop, enabled: running },
    { id: 'restart', label: 'Restart the kernel', group: 'Run', keys: '0 0', run: to.restart },
    { id: 'restart-run-all', label: 'Restart and run all', group: 'Run', keys: '', run: to.restartAndRunAll },
    { id: 'limits', label: 'Change limits', group: 'Run', keys: '', run: to.openLimits },

    cell('edit', 'Edit cell', 'Enter', to.edit),
    cell('add-above', 'Add a cell above', 'a', to.addAbove),
    cell('add-below', 'Add a cell below', 'b', to.addBelow),
    cell('delete', 'Delete cell', 'd d', to.remove),
    { id: 'undo-delete', label: 'Undo delete', group: 'Cell', keys: 'z', run: to.undoDelete, enabled: editable },
    cell('move-up', 'Move cell up', 'Alt+↑', (id) => to.move(id, -1)),
    cell('move-down', 'Move cell down', 'Alt+↓', (id) => to.move(id, 1)),
    cell('cut', 'Cut cell', 'x', to.cut),
    cell('copy', 'Copy cell', 'c', to.copy),
    cell('paste', 'Paste cell below', 'v', to.paste),
    cell('paste-above', 'Paste cell above', 'Shift+V', to.pasteAbove),
    cell('to-markdown', 'Make it text', 'm', to.toMarkdown),
    cell('to-code', 'Make it code', 'y', (id) => to.toCode(id)),
    cell('to-python', 'Make it Python', '', (id) => to.toCode(id, 'python')),
    cell('to-javascript', 'Make it JavaScript', '', (id) => to.toCode(id, 'javascript')),
    { id: 'toggle-output', label: 'Show or hide the output', group: 'Cell', keys: 'o', run: onCell(to.toggleOutput) },
    { id: 'line-numbers', label: 'Show or hide line numbers', group: 'Cell', keys: 'l', run: to.toggleLineNumbers },

    { id: 'select-previous', label: 'Previous cell', group: 'Move', keys: '↑ or k', run: () => to.selectRelative(-1) },
    { id: 'select-next', label: 'Next cell', group: 'Move', keys: '↓ or j', run: () => to.selectRelative(1) },
    { id: 'select-first', label: 'First cell', group: 'Move', keys: 'Home', run: () => to.selectEnd('first') },
    { id: 'select-last', label: 'Last cell', group: 'Move', keys: 'End', run: () => to.selectEnd('last') },

    { id: 'save', label: 'Save', group: 'Document', keys: `${MODIFIER}+S or s`, run: to.save },
    { id: 'save-copy', label: 'Save as a copy', group: 'Document', keys: '', run: to.saveCopy },
    { id: 'verify', label: 'Verify', group: 'Document', keys: '', run: to.verify },
    { id: 'verify-on-server', label: 'Run on the server', group: 'Document', keys: '', run: to.verifyOnServer },
    { id: 'import', label: 'Import a Jupyter notebook', group: 'Document', keys: '', run: to.importNotebook },
    { id: 'export', label: 'Export as a Jupyter notebook', group: 'Document', keys: '', run: to.exportNotebook },
    { id: 'history', label: 'History', group: 'Document', keys: '', run: to.showHistory },
    { id: 'scratch', label: 'Go to the scratch notebook', group: 'Document', keys: '', run: to.newScratch },

    { id: 'palette', label: 'All actions', group: 'Page', keys: `${MODIFIER}+K or p`, run: to.openPalette },
    { id: 'shortcuts', label: 'Keyboard shortcuts', group: 'Page', keys: '? or h', run: to.openShortcuts },
    { id: 'theme', label: 'Switch between light and dark', group: 'Page', keys: '', run: to.toggleTheme },
    { id: 'rail', label: 'Show or hide documents and outline', group: 'Page', keys: '', run: to.toggleRail },
    { id: 'sign-in', label: 'Sign in', group: 'Page', keys: '', run: to.signIn, enabled: signedOut },
  ];
}
