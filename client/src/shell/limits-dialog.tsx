/** Choosing limits for running here: a few sizes each, kept in this browser; they hold from the next start of the kernel. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { formatFuel } from '../kernel/amounts.ts';
import { chooseLimits, chosenLimits, LIMIT_CHOICES, type ChosenLimits } from '../kernel/limits.ts';

interface LimitsDialogProps {
  onApply: () => void;
  onClose: () => void;
}

export function LimitsDialog({ onApply, onClose }: LimitsDialogProps): VNode {
  const [chosen, setChosen] = useState<ChosenLimits>(chosenLimits.value);
  return (
    <Dialog title="Limits" onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          chooseLimits(chosen);
          onApply();
        }}
      >
        <p>What a cell may use before it is stopped. The same limits are asked for when a document is verified.</p>
        {LIMIT_CHOICES.map(({ key, label, values, usual }) => (
          <fieldset key={key} class="choices">
            <legend>{label}</legend>
            {values.map((value) => (
              <label key={value}>
                <input
                  type="radio"
                  name={key}
                  checked={(chosen[key] ?? usual) === value}
                  onChange={() => setChosen({ ...chosen, [key]: value })}
                />
                <span class="number">{format(key, value)}</span>
              </label>
            ))}
          </fieldset>
        ))}
        <p class="field-hint">The kernel restarts: variables are forgotten, code and outputs stay.</p>
        <div class="form-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary">
            Apply and restart
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function format(key: keyof ChosenLimits, value: number): string {
  if (key === 'fuel') return formatFuel(value).replace(/\.0+(?= )/, '');
  if (key === 'memory_mb') return `${value} MB`;
  return value < 60_000 ? `${value / 1000} s` : `${value / 60_000} min`;
}
