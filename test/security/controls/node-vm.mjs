// A context of Node's vm with the globals that people give it: what JavaScript attacks can do in what is no sandbox. Run only by tests.
import { constants, createContext, Script } from 'node:vm';
import { print, serve } from './protocol.mjs';

await serve(async (code) => {
  const console = { log: (...values) => print(values.map(String).join(' ')) };
  const context = createContext({ console, performance, queueMicrotask, setTimeout, structuredClone });
  const script = new Script(`(async () => {${code}\n})()`, {
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  await script.runInContext(context);
});
