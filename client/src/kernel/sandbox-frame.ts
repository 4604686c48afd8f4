/** The script inside `frames/sandbox.html`; vite writes it into the page. */
import { serveSandboxFrame } from '@praxis/wasm-runtime/frame';

serveSandboxFrame();
