/** Which environments this version can run. */
import { GATE_POLICY_VERSION } from '../gate/policy.ts';
import { RunFailure } from '../run/failure.ts';
import type { EnvironmentManifest } from './manifest.ts';

/**
 * The modules bring their cost model with them; what the gate answers and charges is ours. Under another policy a run would be another
 * run, and its replay would call an honest claim a mismatch.
 * @throws RunFailure ENVIRONMENT_UNKNOWN
 */
export function assertSupported({ gate_policy }: EnvironmentManifest, envVersion: string): void {
  if (gate_policy === GATE_POLICY_VERSION) return;
  throw new RunFailure(
    'ENVIRONMENT_UNKNOWN',
    `${envVersion} was made for version ${gate_policy} of the gate's policy, and this Praxis has version ${GATE_POLICY_VERSION}: ` +
      'use the Praxis that it was made with',
  );
}
