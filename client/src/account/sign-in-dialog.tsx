/** Signing in, or making an account: one dialog, two forms. Errors of the server stand at their fields. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Api } from '../api/api.ts';
import { ApiProblem, messageOf, problemAt, type FieldProblem } from '../api/problems.ts';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { Field } from '../design/field.tsx';
import { adopt } from './account.ts';

interface SignInDialogProps {
  api: Api;
  /** Which form to begin with. */
  start: 'sign-in' | 'sign-up';
  /** What the account is needed for, if something is waiting for it. */
  reason: string | null;
  onDone: (signedIn: boolean) => void;
}

/** The server's rule; it is the one that checks. */
const MIN_PASSWORD = 8;

export function SignInDialog({ api, start, reason, onDone }: SignInDialogProps): VNode {
  const [form, setForm] = useState(start);
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const making = form === 'sign-up';

  const submit = async (): Promise<void> => {
    const wrong = making ? check(email.trim(), password) : [];
    setProblem(wrong.length === 0 ? null : formProblem(wrong));
    if (wrong.length > 0) return;
    setBusy(true);
    try {
      const body = { email: email.trim(), password };
      adopt(api, making ? await api.session.register({ ...body, name: name.trim() }) : await api.session.login(body));
      onDone(true);
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };

  const emailProblem = problemAt(problem, 'email') ?? (isCode(problem, 'email_taken') ? messageOf(problem) : undefined);
  const nameProblem = problemAt(problem, 'name');
  const passwordProblem = problemAt(problem, 'password');
  const atField = [emailProblem, nameProblem, passwordProblem].some((found) => found !== undefined);

  return (
    <Dialog title={making ? 'Create an account' : 'Sign in'} onClose={() => onDone(false)}>
      <form
        class="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {reason === null ? null : <p class="form-reason">{reason}</p>}
        {making ? (
          <Field
            label="Name"
            name="name"
            value={name}
            onInput={setName}
            autocomplete="name"
            error={nameProblem}
            autofocus
            required
            maxLength={120}
          />
        ) : null}
        <Field
          key={`email-${form}`}
          label="E-mail"
          name="email"
          type="email"
          value={email}
          onInput={setEmail}
          autocomplete={making ? 'email' : 'username'}
          error={emailProblem}
          autofocus={!making}
          required
        />
        <Field
          label="Password"
          name="password"
          type="password"
          value={password}
          onInput={setPassword}
          autocomplete={making ? 'new-password' : 'current-password'}
          error={passwordProblem}
          required
          {...(making && passwordProblem === undefined ? { hint: `At least ${MIN_PASSWORD} characters.` } : {})}
        />
        {problem === null || atField ? null : (
          <p class="form-error" role="alert">
            {messageOf(problem)}
          </p>
        )}
        <div class="form-actions form-actions-apart">
          <Button
            kind="quiet"
            onClick={() => {
              setForm(making ? 'sign-in' : 'sign-up');
              setProblem(null);
            }}
          >
            {making ? 'I have an account' : 'Create an account'}
          </Button>
          <Button type="submit" kind="primary" busy={busy}>
            {making ? 'Create account' : 'Sign in'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** The server checks again; this only answers sooner and in plainer words. */
function check(email: string, password: string): FieldProblem[] {
  return [
    ...(/^[^\s@]+@[^\s@]+$/.test(email)
      ? []
      : [{ field: 'email', message: 'This does not look like an e-mail address.' }]),
    ...(password.length >= MIN_PASSWORD
      ? []
      : [{ field: 'password', message: `At least ${MIN_PASSWORD} characters.` }]),
  ];
}

function formProblem(errors: FieldProblem[]): ApiProblem {
  return new ApiProblem({
    status: 422,
    code: 'validation_error',
    message: 'Look at the marked fields.',
    errors,
    requestId: null,
  });
}

function isCode(problem: unknown, code: string): boolean {
  return problem instanceof ApiProblem && problem.code === code;
}
