/** Says that an older revision is looked at, and how to get away from it or bring it back. */
import type { VNode } from 'preact';
import type { RevisionSummary } from '../api/documents.ts';
import { Button } from '../design/button.tsx';
import { formatMoment } from '../design/moments.ts';
import { mayEdit, openDocument } from '../documents/current.ts';
import type { Page } from './page.ts';
import { goTo } from './router.ts';

export function RevisionBanner({ revision, page }: { revision: RevisionSummary; page: Page }): VNode {
  const open = openDocument.value;
  return (
    <div class="banner" role="status">
      <p>
        You are looking at the version of {formatMoment(revision.created_at)}
        {revision.message === '' ? '' : `, “${revision.message}”`}.
      </p>
      <Button
        onClick={() => {
          if (open !== null) goTo({ kind: 'document', id: open.id, revisionId: null });
        }}
      >
        Back to the newest
      </Button>
      {mayEdit.value ? <Button onClick={() => page.restoreRevision()}>Bring this one back</Button> : null}
    </div>
  );
}
