/** Short notices at the bottom of the page. They never carry the only copy of something, and an error stays until it is closed. */
import type { VNode } from 'preact';
import { signal } from '@preact/signals';
import { X } from 'lucide';
import { Button, IconButton } from './button.tsx';

interface Notice {
  id: number;
  text: string;
  tone: 'plain' | 'error';
  action: { label: string; run: () => void } | null;
}

const LIFETIME_MS = 8000;
const MOST = 3;
const notices = signal<readonly Notice[]>([]);
let lastId = 0;

function close(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

/**
 * @param stays until it is closed: for what can be undone only here, and for what goes on
 * @returns closes it
 */
export function notify(text: string, action: Notice['action'] = null, stays = false): () => void {
  lastId += 1;
  const id = lastId;
  notices.value = [...notices.value, { id, text, tone: 'plain' as const, action }].slice(-MOST);
  if (!stays) setTimeout(() => close(id), LIFETIME_MS);
  return () => close(id);
}

export function notifyError(text: string, action: Notice['action'] = null): void {
  lastId += 1;
  const id = lastId;
  const others = notices.value.filter((notice) => notice.text !== text);
  notices.value = [...others, { id, text, tone: 'error' as const, action }].slice(-MOST);
}

export function Toasts(): VNode {
  return (
    <div class="toasts" role="region" aria-label="Notices" aria-live="polite">
      {notices.value.map((notice) => (
        <div key={notice.id} class={`toast toast-${notice.tone}`}>
          <p>{notice.text}</p>
          {notice.action === null ? null : (
            <Button
              kind="quiet"
              onClick={() => {
                notice.action?.run();
                close(notice.id);
              }}
            >
              {notice.action.label}
            </Button>
          )}
          <IconButton icon={X} label="Dismiss" size={14} onClick={() => close(notice.id)} />
        </div>
      ))}
    </div>
  );
}
