/** Jupyter's command mode: which key, or pair of keys, means which action. Pure; the notebook feeds it key presses. */

/** Single keys; `Shift+` where the letter needs it. Pairs are pressed within `PAIR_MS` of each other. */
const KEYS: Readonly<Record<string, string>> = {
  Enter: 'edit',
  ArrowUp: 'select-previous',
  ArrowDown: 'select-next',
  k: 'select-previous',
  j: 'select-next',
  a: 'add-above',
  b: 'add-below',
  z: 'undo-delete',
  x: 'cut',
  c: 'copy',
  v: 'paste',
  'Shift+V': 'paste-above',
  m: 'to-markdown',
  y: 'to-code',
  o: 'toggle-output',
  l: 'line-numbers',
  s: 'save',
  p: 'palette',
  h: 'shortcuts',
  '?': 'shortcuts',
  'Shift+?': 'shortcuts',
  'Shift+Enter': 'run-advance',
  'Control+Enter': 'run',
  'Meta+Enter': 'run',
  'Alt+Enter': 'run-insert',
  'Alt+ArrowUp': 'move-up',
  'Alt+ArrowDown': 'move-down',
  Home: 'select-first',
  End: 'select-last',
};
const PAIRS: Readonly<Record<string, string>> = { dd: 'delete', '00': 'restart', ii: 'stop' };

export const PAIR_MS = 800;

export interface KeyPress {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  /** Milliseconds; only differences matter. */
  at: number;
}

/** The first half of a pair, waiting for the second. */
export interface Waiting {
  key: string;
  at: number;
}

export function interpret(
  press: KeyPress,
  waiting: Waiting | null,
): { action: string | null; waiting: Waiting | null } {
  const name = nameOf(press);
  if (waiting !== null && press.at - waiting.at <= PAIR_MS) {
    const action = PAIRS[waiting.key + name];
    if (action !== undefined) return { action, waiting: null };
  }
  const action = Object.hasOwn(KEYS, name) ? (KEYS[name] ?? null) : null;
  const starts = action === null && Object.hasOwn(PAIRS, name + name);
  return { action, waiting: starts ? { key: name, at: press.at } : null };
}

function nameOf(press: KeyPress): string {
  const marks = [
    press.ctrlKey ? 'Control' : '',
    press.metaKey ? 'Meta' : '',
    press.altKey ? 'Alt' : '',
    press.shiftKey ? 'Shift' : '',
  ];
  return [...marks.filter((mark) => mark !== ''), press.key].join('+');
}
