/** An object that the notebook shows but does not edit. */
import type { VNode } from 'preact';
import { LatexView } from '../outputs/latex-view.tsx';
import type { ObjectCell } from './cell.ts';

export function ObjectCellView({ cell }: { cell: ObjectCell }): VNode {
  const { type, content } = cell.origin;
  const latex = type === 'equation' && typeof content['latex'] === 'string' ? content['latex'] : null;
  return (
    <>
      <div class="cell-margin" />
      <div class="cell-content">
        {latex === null ? (
          <p class="output-note">An object of type {type}. It is kept as it is.</p>
        ) : (
          <LatexView source={latex} />
        )}
      </div>
    </>
  );
}
