/** The whole page: header, rails, notebook, and what floats above them. */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { openDocument, viewedRevision } from '../documents/current.ts';
import { DocumentRail } from '../documents/rail.tsx';
import { Toasts } from '../design/toast.tsx';
import { HistoryPanel } from '../history/history-panel.tsx';
import { Notebook } from '../notebook/notebook.tsx';
import { cells } from '../notebook/store.ts';
import { VerificationStrip } from '../trust/verification-strip.tsx';
import { DialogsView } from './dialogs-view.tsx';
import { Header } from './header.tsx';
import type { Page } from './page.ts';
import { closeSheets, leftRail, rightPanel } from './panels.ts';
import { PhoneBar } from './phone-bar.tsx';
import { RevisionBanner } from './revision-banner.tsx';
import { goTo } from './router.ts';
import { globalKeys } from './global-keys.ts';

export function App({ page }: { page: Page }): VNode {
  const [dragging, setDragging] = useState(false);
  useEffect(() => globalKeys(page.targets), [page]);

  const onCommand = (action: string): void =>
    page.actions.find(({ id, enabled }) => id === action && enabled?.() !== false)?.run();

  return (
    <div
      class={`app ${leftRail.value ? 'app-with-rail' : ''} ${rightPanel.value === null ? '' : 'app-with-panel'}`}
      onDragOver={(event) => {
        if (event.dataTransfer?.types.includes('Files') !== true) return;
        event.preventDefault();
        setDragging(true);
      }}
      onDragLeave={(event) => {
        if (event.currentTarget === event.target) setDragging(false);
      }}
      onDrop={(event) => {
        const file = event.dataTransfer?.files[0];
        setDragging(false);
        if (file === undefined) return;
        event.preventDefault();
        page.openFile(file);
      }}
    >
      <a class="skip-link" href="#notebook">
        Skip to the notebook
      </a>
      <Header page={page} />
      {leftRail.value ? (
        <DocumentRail
          api={page.api}
          onOpen={(id) => {
            goTo(id === null ? { kind: 'scratch' } : { kind: 'document', id, revisionId: null });
            closeSheets();
          }}
          onJump={closeSheets}
          onSignIn={() => page.targets.signIn()}
          onClose={() => {
            leftRail.value = false;
          }}
        />
      ) : null}
      <main id="notebook" class="main" tabIndex={-1} onMouseDown={closeSheets}>
        {viewedRevision.value === null ? null : <RevisionBanner revision={viewedRevision.value} page={page} />}
        <VerificationStrip onRetry={() => page.targets.verify()} />
        {cells.value.length === 0 ? null : (
          <Notebook
            kernel={page.kernel}
            actions={page.notebookActions}
            titled={openDocument.value !== null}
            onCommand={onCommand}
          />
        )}
      </main>
      {rightPanel.value === 'history' ? (
        <HistoryPanel
          api={page.api}
          onOpen={(revisionId) => {
            page.openRevision(revisionId);
            closeSheets();
          }}
          onClose={() => {
            rightPanel.value = null;
          }}
        />
      ) : null}
      <PhoneBar kernel={page.kernel} targets={page.targets} />
      {dragging ? <div class="drop-hint">Drop a Jupyter notebook to open it</div> : null}
      <DialogsView page={page} />
      <Toasts />
    </div>
  );
}
