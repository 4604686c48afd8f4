/** The left rail: one's documents, and the outline of the open one. */
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { FilePen, FileText, X } from 'lucide';
import { account } from '../account/account.ts';
import type { Api } from '../api/api.ts';
import { messageOf } from '../api/problems.ts';
import { Button, IconButton } from '../design/button.tsx';
import { Icon } from '../design/icon.tsx';
import { outline } from '../notebook/operations.ts';
import { cells, requestFocus } from '../notebook/store.ts';
import { myDocuments, openDocument } from './current.ts';

interface DocumentRailProps {
  api: Api;
  /** `null` is the scratch notebook. */
  onOpen: (id: string | null) => void;
  onJump: () => void;
  onSignIn: () => void;
  onClose: () => void;
}

export function DocumentRail({ api, onOpen, onJump, onSignIn, onClose }: DocumentRailProps): VNode {
  return (
    <nav class="rail" aria-label="Documents and outline">
      <div class="rail-close">
        <IconButton icon={X} label="Close" onClick={onClose} />
      </div>
      <section>
        <h2>Documents</h2>
        <ul class="rail-list">
          <li>
            <Entry current={openDocument.value === null} href="/" onOpen={() => onOpen(null)}>
              <Icon of={FilePen} size={14} /> Scratch
            </Entry>
          </li>
        </ul>
        <Documents api={api} onOpen={onOpen} onSignIn={onSignIn} />
      </section>
      <Outline onJump={onJump} />
    </nav>
  );
}

function Documents({ api, onOpen, onSignIn }: Pick<DocumentRailProps, 'api' | 'onOpen' | 'onSignIn'>): VNode {
  const state = account.value;
  const documents = myDocuments.value;
  const [failure, setFailure] = useState<string | null>(null);
  const [cursors, setCursors] = useState<{ workspaceId: string; cursor: string }[]>([]);
  const userId = state.kind === 'signed-in' ? state.user.id : null;

  const load = async (): Promise<void> => {
    setFailure(null);
    if (state.kind !== 'signed-in') return;
    try {
      const pages = await Promise.all(
        state.workspaces.map(async ({ id }) => ({ id, page: await api.documents.list(id) })),
      );
      myDocuments.value = pages.flatMap(({ page }) => page.items);
      setCursors(
        pages.flatMap(({ id, page }) =>
          page.next_cursor === null ? [] : [{ workspaceId: id, cursor: page.next_cursor }],
        ),
      );
    } catch (error) {
      setFailure(messageOf(error));
    }
  };
  const more = async (): Promise<void> => {
    const next = cursors[0];
    if (next === undefined) return;
    try {
      const page = await api.documents.list(next.workspaceId, next.cursor);
      myDocuments.value = [...(myDocuments.peek() ?? []), ...page.items];
      const rest = cursors.slice(1);
      setCursors(page.next_cursor === null ? rest : [{ ...next, cursor: page.next_cursor }, ...rest]);
    } catch (error) {
      setFailure(messageOf(error));
    }
  };
  useEffect(() => {
    myDocuments.value = null;
    void load();
  }, [userId]);

  if (state.kind === 'anonymous') {
    return (
      <div class="rail-note">
        <p>Saved documents are listed here.</p>
        <Button kind="quiet" onClick={onSignIn}>
          Sign in
        </Button>
      </div>
    );
  }
  if (state.kind === 'unreachable')
    return <p class="rail-note">The server cannot be reached. The scratch notebook works without it.</p>;
  if (failure !== null) {
    return (
      <div class="rail-note">
        <p>{failure}</p>
        <Button kind="quiet" onClick={() => void load()}>
          Try again
        </Button>
      </div>
    );
  }
  if (documents === null) return <p class="rail-note">Loading</p>;
  if (documents.length === 0)
    return <p class="rail-note">Nothing saved yet. Save makes a document of the open notebook.</p>;
  return (
    <>
      <ul class="rail-list">
        {documents.map((item) => (
          <li key={item.id}>
            <Entry current={openDocument.value?.id === item.id} href={`/d/${item.id}`} onOpen={() => onOpen(item.id)}>
              <Icon of={FileText} size={14} /> <bdi>{item.title}</bdi>
            </Entry>
          </li>
        ))}
      </ul>
      {cursors.length === 0 ? null : (
        <Button kind="quiet" onClick={() => void more()}>
          Show more
        </Button>
      )}
    </>
  );
}

interface EntryProps {
  current: boolean;
  href: string;
  onOpen: () => void;
  children: ComponentChildren;
}

function Entry({ current, href, onOpen, children }: EntryProps): VNode {
  return (
    <a
      class="rail-entry"
      href={href}
      aria-current={current ? 'page' : undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        onOpen();
      }}
    >
      {children}
    </a>
  );
}

function Outline({ onJump }: { onJump: () => void }): VNode | null {
  const headings = outline(cells.value);
  if (headings.length === 0) return null;
  return (
    <section>
      <h2>Outline</h2>
      <ul class="rail-list">
        {headings.map((heading, index) => (
          <li key={index}>
            <button
              type="button"
              class={`rail-entry outline-${heading.level}`}
              onClick={() => {
                requestFocus(heading.cellId, 'command');
                onJump();
              }}
            >
              {heading.text}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
