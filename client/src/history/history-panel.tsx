/** The history of the open document: its revisions, newest first. */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { X } from 'lucide';
import type { Api } from '../api/api.ts';
import type { RevisionSummary } from '../api/documents.ts';
import { messageOf } from '../api/problems.ts';
import { Button, IconButton } from '../design/button.tsx';
import { formatMoment } from '../design/moments.ts';
import { openDocument, viewedRevision } from '../documents/current.ts';

interface HistoryPanelProps {
  api: Api;
  onOpen: (revisionId: string | null) => void;
  onClose: () => void;
}

export function HistoryPanel({ api, onOpen, onClose }: HistoryPanelProps): VNode {
  const open = openDocument.value;
  const [revisions, setRevisions] = useState<readonly RevisionSummary[] | null>(null);
  const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map());
  const [cursor, setCursor] = useState<string | null>(null);
  const [failure, setFailure] = useState<string | null>(null);

  const load = async (from: string | null): Promise<void> => {
    setFailure(null);
    if (open === null) return;
    try {
      const page = await api.documents.revisions(open.id, from);
      setRevisions((before) => (from === null ? page.items : [...(before ?? []), ...page.items]));
      setCursor(page.next_cursor);
    } catch (error) {
      setFailure(messageOf(error));
    }
  };
  useEffect(() => {
    if (open === null) return;
    // Without the names the list still says when and what.
    api.session.memberNames(open.workspaceId).then(setNames, () => undefined);
  }, [open?.workspaceId]);
  // A commit changes the base: the list is asked for again.
  useEffect(() => void load(null), [open?.id, open?.baseRevisionId]);

  return (
    <aside class="panel" aria-label="History">
      <header class="panel-header">
        <h2>History</h2>
        <IconButton icon={X} label="Close" onClick={onClose} />
      </header>
      {open === null ? (
        <p class="empty">The scratch notebook has no history. Save it as a document to begin one.</p>
      ) : null}
      {failure === null ? null : (
        <div class="empty">
          <p>{failure}</p>
          <Button kind="quiet" onClick={() => void load(null)}>
            Try again
          </Button>
        </div>
      )}
      {open !== null && revisions === null && failure === null ? <p class="empty">Loading</p> : null}
      <ol class="history">
        {(revisions ?? []).map((revision) => {
          const shown = viewedRevision.value?.id === revision.id || (viewedRevision.value === null && revision.is_head);
          return (
            <li key={revision.id}>
              <button
                type="button"
                class="history-entry"
                aria-current={shown ? 'true' : undefined}
                onClick={() => onOpen(revision.is_head ? null : revision.id)}
              >
                <span class="history-message">{revision.message === '' ? 'Saved' : revision.message}</span>
                <span class="history-facts">
                  {formatMoment(revision.created_at)}
                  {names.has(revision.created_by) ? `, ${names.get(revision.created_by) ?? ''}` : ''}
                  {revision.is_head ? ', newest' : ''}
                </span>
              </button>
            </li>
          );
        })}
      </ol>
      {cursor === null ? null : (
        <Button kind="quiet" onClick={() => void load(cursor)}>
          Show older ones
        </Button>
      )}
    </aside>
  );
}
