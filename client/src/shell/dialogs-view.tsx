/** Shows the dialog that is open. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { SignInDialog } from '../account/sign-in-dialog.tsx';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { Field } from '../design/field.tsx';
import { formatMoment } from '../design/moments.ts';
import { messageOf } from '../api/problems.ts';
import { notifyError } from '../design/toast.tsx';
import { question, type Question } from './dialogs.ts';
import { LimitsDialog } from './limits-dialog.tsx';
import type { Page } from './page.ts';
import { Palette } from './palette.tsx';
import { Shortcuts } from './shortcuts.tsx';

export function DialogsView({ page }: { page: Page }): VNode | null {
  const open = question.value;
  return open === null ? null : <Shown key={open.kind} question={open} page={page} />;
}

function Shown({ question: open, page }: { question: Question; page: Page }): VNode {
  switch (open.kind) {
    case 'sign-in':
      return <SignInDialog api={page.api} start={open.start} reason={open.reason} onDone={open.answer} />;
    case 'title':
      return <TitleDialog question={open} />;
    case 'stale-parent':
      return (
        <Choice
          title="Someone else saved this document"
          text="A newer version was saved while you were writing. Yours is still here and nothing was overwritten."
          options={[
            { label: 'Open theirs', value: 'theirs' },
            { label: 'Save mine as a copy', value: 'copy', primary: true },
          ]}
          onChoose={open.answer}
          onClose={() => open.answer(null)}
        />
      );
    case 'draft':
      return (
        <Choice
          title="There are changes of yours"
          text={`You changed this document ${formatMoment(open.draft.saved_at)} without saving, and a newer version has been saved since.`}
          options={[
            { label: 'Discard mine', value: 'head' },
            { label: 'Save mine as a copy', value: 'copy' },
            { label: 'Go on with mine', value: 'draft', primary: true },
          ]}
          onChoose={open.answer}
          onClose={() => open.answer('draft')}
        />
      );
    case 'two-tabs':
      return (
        <Choice
          title="This notebook was changed in another tab"
          text="Only one of the two drafts can be kept in this browser."
          options={[
            { label: 'Take the other one', value: 'theirs' },
            { label: 'Keep this one', value: 'mine', primary: true },
          ]}
          onChoose={open.answer}
          onClose={() => open.answer('mine')}
        />
      );
    case 'limits':
      return (
        <LimitsDialog
          onApply={() => {
            open.answer(null);
            page.kernel.restart({ reopen: true }).catch((error: unknown) => notifyError(messageOf(error)));
          }}
          onClose={() => open.answer(null)}
        />
      );
    case 'shortcuts':
      return <Shortcuts actions={page.actions} onClose={() => open.answer(null)} />;
    case 'palette':
      return <Palette actions={page.actions} onClose={() => open.answer(null)} />;
  }
}

function TitleDialog({ question: open }: { question: Extract<Question, { kind: 'title' }> }): VNode {
  const [title, setTitle] = useState(open.suggestion);
  const empty = title.trim() === '';
  return (
    <Dialog title={open.heading} onClose={() => open.answer(null)}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!empty) open.answer(title.trim());
        }}
      >
        <Field label="Title" name="title" value={title} onInput={setTitle} autofocus required maxLength={200} />
        <div class="form-actions">
          <Button onClick={() => open.answer(null)}>Cancel</Button>
          <Button type="submit" kind="primary" disabled={empty}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface ChoiceProps<T extends string> {
  title: string;
  text: string;
  options: readonly { label: string; value: T; primary?: boolean }[];
  onChoose: (value: T) => void;
  onClose: () => void;
}

function Choice<T extends string>({ title, text, options, onChoose, onClose }: ChoiceProps<T>): VNode {
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      <div class="form-actions choice-actions">
        {options.map(({ label, value, primary = false }) => (
          <Button key={value} kind={primary ? 'primary' : 'plain'} onClick={() => onChoose(value)}>
            {label}
          </Button>
        ))}
      </div>
    </Dialog>
  );
}
