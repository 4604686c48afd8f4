/** Choosing an environment for a program from what it imports. */
export { chooseEnvironment, modulesIn, offeredOf, sizeOf, type Choice, type Offered } from './choose.ts';
export { explainMissing, joined, missingModule, missingSentence, type Missing } from './missing.ts';
export { lacking, modulesOf, needsOf, needsOfSource, type Needs } from './needs.ts';
export { STANDARD_LIBRARY } from './standard-library.ts';
