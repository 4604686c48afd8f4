/** Hears where the keyboard should go next. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { effect, untracked } from '@preact/signals';
import { focusRequest, type FocusRequest } from './store.ts';

/**
 * Called with each request for a cell in this mode: at once, and for a cell that is only being drawn as soon as it stands there. It
 * must not be later, because the next key may come before the next frame.
 */
export function useFocusRequest(
  cellId: string,
  mode: FocusRequest['mode'],
  onRequest: (request: FocusRequest) => void,
): void {
  const latest = useRef(onRequest);
  latest.current = onRequest;
  useLayoutEffect(
    () =>
      effect(() => {
        const request = focusRequest.value;
        if (request?.id === cellId && request.mode === mode) untracked(() => latest.current(request));
      }),
    [cellId, mode],
  );
}
