/** The meter: rewrites a WebAssembly module so that it counts its own work and stops at a limit. */
export { COST_MODEL_VERSION } from './cost.ts';
export { COUNTER_EXPORT, packCounter, readCounter, MAX_FUEL, type Counts } from './counter.ts';
export { MeterError, type MeterErrorCode } from './error.ts';
export { DEFAULT_INITIAL_FUEL, DEFAULT_MAX_DEPTH, meterLibrary, meterModule, type MeterOptions } from './meter.ts';
export { type Surroundings } from './module.ts';
