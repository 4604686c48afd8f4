/** The entry of the application page: small, so that the engine is on its way before the code of the page is. */
import './kernel/early.ts';

// This script waits for nothing, and the application needs the page's body.
if (document.readyState === 'loading') {
  await new Promise((resolve) => document.addEventListener('DOMContentLoaded', resolve, { once: true }));
}
await import('./application.tsx');
