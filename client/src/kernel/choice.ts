/** What the client needs of the runtime to choose environments. Apart from `runtime.ts`, since this starts nothing. */
export {
  chooseEnvironment,
  explainMissing,
  joined,
  lacking,
  missingModule,
  missingSentence,
  needsOf,
  offeredOf,
  STANDARD_LIBRARY,
  type EnvironmentManifest,
  type Missing,
  type Offered,
} from '@praxis/wasm-runtime';
