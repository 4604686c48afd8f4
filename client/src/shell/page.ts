/** The page: its parts made and joined. Everything that a person can do is a function here; the components only call them. */
import { effect, untracked } from '@preact/signals';
import { account, loadAccount, signOut } from '../account/account.ts';
import type { Api } from '../api/api.ts';
import { ApiProblem, messageOf } from '../api/problems.ts';
import { notify, notifyError } from '../design/toast.tsx';
import { toggleTheme } from '../design/theme.ts';
import { isDirty, mayEdit, openDocument, saveState, viewedRevision } from '../documents/current.ts';
import type { DraftStore } from '../documents/draft-store.ts';
import { downloadNotebook, openNotebookFile, pickNotebook } from '../documents/files.ts';
import { keepDrafts } from '../documents/keeping.ts';
import { openDocumentById, openScratch, viewRevision, type OpeningContext } from '../documents/opening.ts';
import { save, saveCopy, type SavingContext } from '../documents/saving.ts';
import { chosenLimits } from '../kernel/limits.ts';
import type { Offered } from '../kernel/choice.ts';
import { givenEnvironments, rememberEnvironment } from '../kernel/given-environment.ts';
import { openPageKernel } from '../kernel/runtime.ts';
import type { NotebookActions } from '../notebook/actions.ts';
import { newId } from '../notebook/identifiers.ts';
import { createRunner } from '../notebook/running.ts';
import * as store from '../notebook/store.ts';
import { downloadBytes } from '../outputs/blob-url.ts';
import type { Executor } from '../trust/verifying.ts';
import { actionTable, type Action, type ActionTargets } from './actions.ts';
import { createByteSources } from './bytes.ts';
import { ask } from './dialogs.ts';
import { createPageEnvironment, type PageEnvironment } from './environment.ts';
import { leftRail, rightPanel } from './panels.ts';
import type { Place } from './places.ts';
import { goTo, place } from './router.ts';
import { verifyDocument } from './verify-document.ts';

/** A cell is written for now when nothing was written for so long. */
const QUIET_MS = 400;

export interface Page {
  readonly api: Api;
  readonly kernel: ReturnType<typeof createRunner>['kernel'];
  readonly environment: PageEnvironment;
  readonly notebookActions: NotebookActions;
  readonly actions: readonly Action[];
  readonly targets: ActionTargets;
  /** Takes the kernel there with all that it has run. @param again the cell to run then, instead of its last run */
  switchEnvironment(environment: Offered, again: string | null): void;
  openRevision(revisionId: string | null): void;
  restoreRevision(): void;
  openFile(file: File): void;
  signOut(): Promise<void>;
}

export function createPage(api: Api, drafts: DraftStore): Page {
  const environment = createPageEnvironment(api, givenEnvironments(), rememberEnvironment);
  const runner = createRunner({
    open: (onProgress, transcript) =>
      openPageKernel({ environment: environment.version, transcript, limits: chosenLimits.peek(), onProgress }),
    choosing: environment,
    now: () => Date.now(),
    onDropped: notify,
  });
  const { kernel } = runner;
  const keeper = keepDrafts(drafts, () => ask('two-tabs', {}));
  const bytes = createByteSources(api);

  const ensureSignedIn = async (reason: string): Promise<boolean> => {
    if (account.peek().kind === 'unreachable') await loadAccount(api);
    if (account.peek().kind === 'signed-in') return true;
    if (account.peek().kind === 'unreachable') {
      notifyError('The server cannot be reached. Your work stays in this browser; try again when you are connected.');
      return false;
    }
    return ask('sign-in', { start: 'sign-up', reason });
  };

  const saving: SavingContext = {
    api,
    keeper,
    ensureSignedIn,
    askTitle: (suggestion, heading) => ask('title', { suggestion, heading }),
    askStaleParent: () => ask('stale-parent', {}),
    loadTheirs: async (documentId) => {
      const mine = openedNotebook();
      await keeper.forget(documentId);
      await openDocumentById(opening, documentId);
      notify('Their version is open.', { label: 'Bring mine back', run: () => store.openNotebook(mine) });
    },
    goTo: (documentId) => {
      arrived = documentId;
      goTo({ kind: 'document', id: documentId, revisionId: null }, openDocument.peek() === null ? 'replace' : 'push');
    },
  };
  const opening: OpeningContext = {
    api,
    drafts,
    keeper,
    askDraft: (draft) => ask('draft', { draft }),
    saveDraftAsCopy: async () => void (await saveCopy(saving)),
  };

  /** The document that is shown already when the address changes to it: it was just made. */
  let arrived: string | null = null;
  const arrive = async (to: Place): Promise<void> => {
    if (to.kind === 'document' && to.id === arrived && to.revisionId === null && viewedRevision.peek() === null) return;
    await keeper.flush();
    const samePlace = to.kind === 'document' && openDocument.peek()?.id === to.id;
    // Variables of one notebook are nothing to another. A kernel that does not come back says so itself.
    if (!samePlace && kernel.limits.peek() !== null) await kernel.restart().catch(() => undefined);
    if (to.kind !== 'document') {
      arrived = null;
      await openScratch({ drafts, keeper });
      if (to.kind === 'unknown') notifyError('There is no such page. This is the scratch notebook.');
      return;
    }
    if (account.peek().kind === 'unknown') await loadAccount(api);
    await openDocumentById(opening, to.id);
    arrived = to.id;
    if (to.revisionId !== null) await viewRevision(opening, await api.documents.revision(to.revisionId));
  };
  /** A document that cannot be opened: perhaps for want of an account, otherwise the scratch notebook is where to go on. */
  const turnedAway = async (to: Place, error: unknown): Promise<void> => {
    const anonymous = error instanceof ApiProblem && error.status === 401;
    if (anonymous && (await ask('sign-in', { start: 'sign-in', reason: 'Sign in to open this document.' }))) {
      goTo(to, 'replace');
      return;
    }
    if (!anonymous) notifyError(messageOf(error));
    if (to.kind === 'document') goTo({ kind: 'scratch' }, 'replace');
  };
  effect(() => {
    const to = place.value;
    untracked(() => {
      arrive(to).catch((error: unknown) => turnedAway(to, error));
    });
  });

  const verify = async (executor: Executor): Promise<void> => {
    if (!(await ensureSignedIn('A document is saved before it is verified.'))) return;
    const revisionId = await save(saving);
    if (revisionId !== null) await verifyDocument({ api, newId, events: kernel.events() }, executor, revisionId);
  };

  const makeRoom = async (): Promise<void> => {
    if (openDocument.peek() === null) return;
    goTo({ kind: 'scratch' });
    await openScratch({ drafts, keeper });
  };

  const switchEnvironment = (to: Offered, again: string | null): void => {
    const onItsWay = kernel.engine.peek().phase === 'loading' && environment.current.peek() === to.env_version;
    if (onItsWay) return;
    environment.choose(to);
    reportFailure(kernel.move(again).then(() => (again === null ? undefined : runner.run([again]))));
  };

  const runAndLeave = (id: string): void => {
    const cell = store.cellById(id);
    if (cell?.kind === 'markdown') store.closeText(id);
    else runner.run([id]);
  };

  const targets: ActionTargets = {
    run(id) {
      runAndLeave(id);
      if (store.cellById(id)?.kind === 'markdown') store.requestFocus(id, 'command');
    },
    runAndAdvance(id) {
      runAndLeave(id);
      const last = store.cells.peek().at(-1)?.id === id;
      if (last && !store.readOnly.peek()) store.add(id, 'below', 'code');
      else store.selectRelative(1);
    },
    runAndInsert(id) {
      runAndLeave(id);
      store.add(id, 'below', 'code');
    },
    runAll: () => runner.runAll(),
    runAllAbove(id) {
      const all = store.cells.peek();
      runner.run(
        all
          .slice(
            0,
            all.findIndex((cell) => cell.id === id),
          )
          .map((cell) => cell.id),
      );
    },
    stop: () => reportFailure(kernel.stop()),
    restart: () => reportFailure(kernel.restart()),
    restartAndRunAll: () => reportFailure(kernel.restart().then(() => runner.runAll())),
    // As in Jupyter: a cell made with a key of command mode stays in command mode.
    addAbove: (id) => store.add(id, 'above', 'code', { focus: 'command' }),
    addBelow: (id) => store.add(id, 'below', 'code', { focus: 'command' }),
    remove(id) {
      if (store.remove(id)) notify('Cell deleted.', { label: 'Undo', run: () => void store.undoDelete() });
    },
    undoDelete: () => void store.undoDelete(),
    move: (id, by) => store.moveCell(id, by),
    cut: (id) => store.cut(id),
    copy: (id) => store.copy(id),
    paste: (id) => store.paste(id, 'below'),
    pasteAbove: (id) => store.paste(id, 'above'),
    toMarkdown: (id) => store.setKind(id, 'markdown'),
    toCode: (id, language) => (language === undefined ? store.setKind(id, 'code') : store.setLanguage(id, language)),
    toggleOutput: (id) => store.toggleOutput(id),
    toggleLineNumbers: () => void (store.showLineNumbers.value = !store.showLineNumbers.peek()),
    edit: (id) => store.requestFocus(id, 'edit'),
    selectRelative: (by) => void store.selectRelative(by),
    selectEnd: (which) =>
      void store.selectRelative(which === 'first' ? -store.cells.peek().length : store.cells.peek().length),
    save: () => reportFailure(save(saving)),
    saveCopy: () => reportFailure(saveCopy(saving)),
    verify: () => reportFailure(verify('client')),
    verifyOnServer: () => reportFailure(verify('server')),
    importNotebook: () => pickNotebook({ makeRoom }),
    exportNotebook: () => void downloadNotebook(),
    newScratch: () => goTo({ kind: 'scratch' }),
    showHistory: () => void (rightPanel.value = rightPanel.peek() === null ? 'history' : null),
    toggleRail: () => void (leftRail.value = !leftRail.peek()),
    toggleTheme,
    openLimits: () => void ask('limits', {}),
    openPalette: () => void ask('palette', {}),
    openShortcuts: () => void ask('shortcuts', {}),
    signIn: () => void ask('sign-in', { start: 'sign-in', reason: null }),
  };

  const notebookActions: NotebookActions = {
    ...targets,
    addAbove: (id) => store.add(id, 'above', 'code'),
    addBelow: (id) => store.add(id, 'below', 'code'),
    verify: () => targets.verify(),
    downloadAttestation: (jobId) =>
      reportFailure(
        api.jobs.attestation(jobId).then((envelope) => {
          downloadBytes(`attestation-${jobId}.json`, 'application/json', `${JSON.stringify(envelope, null, 2)}\n`);
        }),
      ),
    downloadArtifact: (run, artifact) =>
      reportFailure(
        bytes.load(run, artifact.digest).then((found) => downloadBytes(artifact.name, artifact.media_type, found)),
      ),
    missing: (error) => environment.missing(error),
    switchEnvironment,
    bytesOf: (run) => bytes.of(run),
    askKernel(id, about, source, cursor) {
      const cell = store.cellById(id);
      if (cell?.kind !== 'code') return Promise.resolve(null);
      return kernel.ask(about, { language: cell.language, source, cursor });
    },
  };

  // What is opened is as it is; what is written is waited for. Before anything is opened, nobody knows what it needs.
  let writing: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    void store.content.value;
    clearTimeout(writing);
    if (store.openings.peek() > 0) writing = setTimeout(() => kernel.foresee(), QUIET_MS);
  });
  effect(() => {
    if (store.openings.value > 0) untracked(() => kernel.foresee());
  });
  effect(() => {
    document.title = openDocument.value === null ? 'Praxis' : `${store.title.value} – Praxis`;
  });
  effect(() => {
    const state = saveState.value;
    if (state.kind === 'failed')
      untracked(() => notifyError(`Not saved. ${state.message}`, { label: 'Try again', run: targets.save }));
  });
  addEventListener('beforeunload', () => void keeper.flush());

  return {
    api,
    kernel,
    environment,
    switchEnvironment,
    notebookActions,
    targets,
    actions: actionTable(targets, {
      selected: () => store.selectedId.peek(),
      editable: () => !store.readOnly.peek(),
      running: () => kernel.running.peek() !== null,
      signedOut: () => account.peek().kind !== 'signed-in',
    }),
    openRevision(revisionId) {
      const open = openDocument.peek();
      if (open !== null) goTo({ kind: 'document', id: open.id, revisionId });
    },
    restoreRevision() {
      const open = openDocument.peek();
      if (open === null || viewedRevision.peek() === null || !mayEdit.peek()) return;
      const restored = openedNotebook();
      viewedRevision.value = null;
      store.readOnly.value = false;
      arrived = open.id;
      goTo({ kind: 'document', id: open.id, revisionId: null });
      store.openNotebook(restored);
      notify(isDirty.peek() ? 'The older version is open as changes. Save to keep it.' : 'This is what is saved now.');
    },
    openFile: (file) => void openNotebookFile(file, { makeRoom }),
    async signOut() {
      await signOut(api);
      goTo({ kind: 'scratch' });
    },
  };
}

/** What is open, to open it again. */
function openedNotebook(): Parameters<typeof store.openNotebook>[0] {
  return {
    title: store.title.peek(),
    cells: store.cells.peek(),
    runs: store.allRuns(),
    environment: store.environment.peek(),
  };
}

function reportFailure(work: Promise<unknown>): void {
  work.catch((error: unknown) => notifyError(messageOf(error)));
}
