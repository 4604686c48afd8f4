// QuickJS as its makers ship it, with a way to print: what JavaScript attacks can do without our walls. Run only by tests.
import { getQuickJS } from 'quickjs-emscripten';
import { print, serve } from './protocol.mjs';

const quickjs = await getQuickJS();

await serve(async (code) => {
  const context = quickjs.newContext();
  const log = context.newFunction('log', (...values) =>
    print(values.map((value) => context.getString(value)).join(' ')),
  );
  const console = context.newObject();
  context.setProp(console, 'log', log);
  context.setProp(console, 'error', log);
  context.setProp(context.global, 'console', console);
  const result = context.evalCode(code, 'case.js', { type: /\bawait\b/.test(code) ? 'module' : 'global' });
  if (result.error) throw new Error(JSON.stringify(context.dump(result.error)));
  const jobs = context.runtime.executePendingJobs();
  if (jobs.error) throw new Error(JSON.stringify(context.dump(jobs.error)));
});
