/** The header: where one is, how the engine and saving stand, and the few actions that are always wanted. */
import type { VNode } from 'preact';
import {
  ChevronDown,
  CircleUser,
  Download,
  Ellipsis,
  FastForward,
  Keyboard,
  ListRestart,
  LogOut,
  Monitor,
  Moon,
  PanelLeft,
  RotateCcwClock,
  RotateCw,
  Save,
  Search,
  Server,
  SlidersHorizontal,
  Square,
  Sun,
  Upload,
} from 'lucide';
import { account } from '../account/account.ts';
import { Button, IconButton } from '../design/button.tsx';
import { Menu, type MenuItem } from '../design/menu.tsx';
import { chooseTheme, themeChoice } from '../design/theme.ts';
import { draftState, isDirty, mayEdit, openDocument, saveState, viewedRevision } from '../documents/current.ts';
import { verification } from '../trust/verification.ts';
import { MODIFIER } from './actions.ts';
import { EngineStatus } from './engine-status.tsx';
import { EnvironmentMenu } from './environment-menu.tsx';
import type { Page } from './page.ts';
import { leftRail } from './panels.ts';

export function Header({ page }: { page: Page }): VNode {
  const { targets, kernel } = page;
  const busy = kernel.running.value !== null;
  return (
    <header class="header">
      <div class="header-start">
        <IconButton
          icon={PanelLeft}
          label="Documents and outline"
          pressed={leftRail.value}
          onClick={() => targets.toggleRail()}
        />
        <a
          class="wordmark"
          href="/"
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            targets.newScratch();
          }}
        >
          Praxis
        </a>
        <SaveWord />
      </div>
      <div class="header-middle">
        <EngineStatus kernel={kernel} environment={page.environment.current.value} />
        <EnvironmentMenu page={page} />
      </div>
      <div class="header-end">
        {busy ? (
          <Button icon={Square} onClick={() => targets.stop()}>
            Stop
          </Button>
        ) : (
          <Button icon={FastForward} onClick={() => targets.runAll()}>
            Run all
          </Button>
        )}
        <VerifyButton page={page} />
        <Menu icon={Ellipsis} label="More" items={() => moreItems(page)} />
        <AccountMenu page={page} />
      </div>
    </header>
  );
}

/** Where what is written is kept, in a word or two. */
function SaveWord(): VNode {
  const open = openDocument.value;
  const state = saveState.value;
  const words =
    state.kind === 'saving'
      ? 'Saving'
      : state.kind === 'failed'
        ? 'Not saved'
        : draftState.value === 'refused'
          ? 'Not kept: this browser refuses storage'
          : viewedRevision.value !== null
            ? 'Older version'
            : open === null
              ? 'Draft, kept in this browser'
              : isDirty.value
                ? 'Changes not saved'
                : 'Saved';
  return (
    <span
      class={`save-word save-${state.kind}`}
      role="status"
      title={state.kind === 'failed' ? state.message : undefined}
    >
      {words}
    </span>
  );
}

function VerifyButton({ page }: { page: Page }): VNode {
  const going = verification.value.kind === 'going';
  const allowed = mayEdit.value && viewedRevision.value === null;
  return (
    <div class="split-button">
      <Button
        kind="primary"
        busy={going}
        disabled={!allowed}
        title={
          allowed
            ? 'Save, run from the beginning, and have the server check it'
            : 'Only editors can verify. Save a copy to verify your own.'
        }
        onClick={() => page.targets.verify()}
      >
        {going ? 'Verifying' : 'Verify'}
      </Button>
      <Menu
        class="button button-primary split-more"
        icon={ChevronDown}
        label="Other ways to verify"
        disabled={!allowed || going}
        items={() => [
          {
            id: 'here',
            label: 'Run here, then have it checked',
            run: () => page.targets.verify(),
          },
          {
            id: 'server',
            label: 'Run on the server',
            icon: Server,
            run: () => page.targets.verifyOnServer(),
          },
        ]}
      />
    </div>
  );
}

function moreItems({ targets }: Page): MenuItem[] {
  const choice = themeChoice.value;
  return [
    { id: 'run-all', label: 'Run all cells', icon: FastForward, run: () => targets.runAll() },
    { id: 'save', label: 'Save', icon: Save, keys: `${MODIFIER}+S`, apart: true, run: () => targets.save() },
    { id: 'copy', label: 'Save as a copy', run: () => targets.saveCopy(), disabled: openDocument.value === null },
    {
      id: 'history',
      label: 'History',
      icon: RotateCcwClock,
      run: () => targets.showHistory(),
      disabled: openDocument.value === null,
    },
    {
      id: 'import',
      label: 'Import a Jupyter notebook',
      icon: Upload,
      apart: true,
      run: () => targets.importNotebook(),
    },
    { id: 'export', label: 'Export as a Jupyter notebook', icon: Download, run: () => targets.exportNotebook() },
    {
      id: 'restart',
      label: 'Restart the kernel',
      icon: RotateCw,
      keys: '0 0',
      apart: true,
      run: () => targets.restart(),
    },
    { id: 'restart-all', label: 'Restart and run all', icon: ListRestart, run: () => targets.restartAndRunAll() },
    { id: 'limits', label: 'Limits', icon: SlidersHorizontal, run: () => targets.openLimits() },
    {
      id: 'palette',
      label: 'All actions',
      icon: Search,
      keys: `${MODIFIER}+K`,
      apart: true,
      run: () => targets.openPalette(),
    },
    { id: 'keys', label: 'Keyboard shortcuts', icon: Keyboard, keys: '?', run: () => targets.openShortcuts() },
    {
      id: 'system',
      label: 'Like the system',
      icon: Monitor,
      apart: true,
      checked: choice === 'system',
      run: () => chooseTheme('system'),
    },
    { id: 'light', label: 'Light', icon: Sun, checked: choice === 'light', run: () => chooseTheme('light') },
    { id: 'dark', label: 'Dark', icon: Moon, checked: choice === 'dark', run: () => chooseTheme('dark') },
  ];
}

function AccountMenu({ page }: { page: Page }): VNode | null {
  const state = account.value;
  if (state.kind === 'unknown') return null;
  if (state.kind !== 'signed-in') {
    return (
      <Button kind="quiet" onClick={() => page.targets.signIn()}>
        Sign in
      </Button>
    );
  }
  return (
    <Menu
      class="icon-button"
      icon={CircleUser}
      label={`Account of ${state.user.name}`}
      items={() => [
        { id: 'who', label: `${state.user.name}, ${state.user.email}`, disabled: true, run: () => undefined },
        { id: 'out', label: 'Sign out', icon: LogOut, apart: true, run: () => void page.signOut() },
      ]}
    />
  );
}
