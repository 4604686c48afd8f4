/** The application page, once its code is there. */
import { render } from 'preact';
import './design/fonts.css';
import './design/tokens.css';
import './design/base.css';
import './design/components.css';
import './shell/shell.css';
import './notebook/notebook.css';
import './notebook/editor.css';
import './outputs/outputs.css';
import './outputs/table.css';
import './trust/trust.css';
import { loadAccount } from './account/account.ts';
import { createApi } from './api/api.ts';
import { applyTheme } from './design/theme.ts';
import { indexedDrafts } from './documents/draft-store.ts';
import { App } from './shell/app.tsx';
import { createPage } from './shell/page.ts';

applyTheme();
const api = createApi((input, init) => fetch(input, init));
const page = createPage(api, indexedDrafts());
const root = document.getElementById('app');
if (root !== null) render(<App page={page} />, root);
// The engine loads while the page is read; whoever presses run before it is there waits in its queue.
page.kernel.start();
void loadAccount(api);
