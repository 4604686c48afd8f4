/** A labelled text field with its hint and its error, tied together for assistive technology. */
import type { VNode } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

interface FieldProps {
  label: string;
  name: string;
  value: string;
  onInput: (value: string) => void;
  type?: 'email' | 'password';
  autocomplete?: string;
  hint?: string;
  error?: string | undefined;
  required?: boolean;
  autofocus?: boolean;
  minLength?: number;
  maxLength?: number;
}

export function Field(props: FieldProps): VNode {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (props.autofocus === true) input.current?.focus();
  }, []);
  const described = [props.hint === undefined ? '' : `${id}-hint`, props.error === undefined ? '' : `${id}-error`];
  const describedBy = described.join(' ').trim();
  const attributes = {
    ref: input,
    id,
    name: props.name,
    value: props.value,
    required: props.required === true,
    autocomplete: props.autocomplete,
    minLength: props.minLength,
    maxLength: props.maxLength,
    'aria-invalid': props.error !== undefined,
    'aria-describedby': describedBy === '' ? undefined : describedBy,
    onInput: (event: { currentTarget: HTMLInputElement }) => props.onInput(event.currentTarget.value),
  };
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.type === 'email' ? <input type="email" {...attributes} /> : null}
      {props.type === 'password' ? <input type="password" {...attributes} /> : null}
      {props.type === undefined ? <input type="text" {...attributes} /> : null}
      {props.hint === undefined ? null : (
        <p class="field-hint" id={`${id}-hint`}>
          {props.hint}
        </p>
      )}
      {props.error === undefined ? null : (
        <p class="field-error" id={`${id}-error`} role="alert">
          {props.error}
        </p>
      )}
    </div>
  );
}
