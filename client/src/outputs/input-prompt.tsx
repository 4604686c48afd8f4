/** The line that a running cell asks for with `input()`. */
import type { VNode } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Button } from '../design/button.tsx';
import { stripAnsi } from './ansi.ts';

interface InputPromptProps {
  prompt: string;
  onAnswer: (line: string | null) => void;
}

export function InputPrompt({ prompt, onAnswer }: InputPromptProps): VNode {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [line, setLine] = useState('');
  useEffect(() => field.current?.focus(), []);
  const label = stripAnsi(prompt).trim();
  return (
    <form
      class="input-prompt"
      onSubmit={(event) => {
        event.preventDefault();
        onAnswer(line);
      }}
    >
      <label for={id}>{label === '' ? 'The cell asks for a line' : label}</label>
      <input
        ref={field}
        id={id}
        type="text"
        value={line}
        autocomplete="off"
        maxLength={65_536}
        onInput={(event) => setLine(event.currentTarget.value)}
      />
      <Button type="submit">Enter</Button>
      <Button kind="quiet" onClick={() => onAnswer(null)} title="Tells the cell that no more lines will come">
        End of input
      </Button>
    </form>
  );
}
