/** Under the code: a thin line while it runs, then what it used against what it may use. */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { formatBytes, formatDuration, formatExact, formatFuel } from '../kernel/amounts.ts';
import type { Limits } from '../kernel/runtime.ts';
import type { CellRun } from './runs.ts';

const TICK_MS = 100;

export function UsageLine({ run, limits, stale }: { run: CellRun; limits: Limits | null; stale: boolean }): VNode {
  if (run.phase === 'queued') return <p class="usage usage-waiting">Waiting to run</p>;
  if (run.phase === 'running') return <Running since={run.started_at ?? Date.now()} />;
  const share = run.fuel === null || limits === null ? 0 : Math.min(1, run.fuel / limits.fuel);
  return (
    <p class="usage number">
      {stale ? <span class="usage-stale">The code changed since this ran</span> : null}
      {run.outcome === null ? <span>Stopped; the kernel is as it was before</span> : null}
      {run.fuel === null ? null : (
        <span title={`${formatExact(run.fuel)} fuel: WebAssembly instructions, the same on every machine`}>
          {formatFuel(run.fuel)} fuel
        </span>
      )}
      {run.memory_bytes === null || run.memory_bytes === 0 ? null : (
        <span title={`${formatExact(run.memory_bytes)} bytes`}>
          {formatBytes(run.memory_bytes)}
          {limits === null ? '' : ` of ${limits.memory_mb} MB`}
        </span>
      )}
      {run.duration_ms === null ? null : <span>{formatDuration(run.duration_ms)}</span>}
      {share >= 0.5 ? <FuelShare share={share} /> : null}
    </p>
  );
}

/** Shown once half of the fuel is gone: before that it says nothing of use. */
function FuelShare({ share }: { share: number }): VNode {
  const percent = Math.round(share * 100);
  return (
    <span
      class="fuel-share"
      role="meter"
      aria-label="Fuel used of the limit"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      <span style={{ width: `${percent}%` }} />
    </span>
  );
}

function Running({ since }: { since: number }): VNode {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <div class="usage-running">
      <span class="thin-line" aria-hidden="true" />
      <p class="usage number">Running, {(Math.max(0, now - since) / 1000).toFixed(1)} s</p>
    </div>
  );
}
