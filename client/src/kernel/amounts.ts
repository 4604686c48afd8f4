/** Fuel, bytes and durations as people read them. Fuel is exact; these forms round it, tooltips show all digits. */

const SCALES = [
  { from: 1e12, unit: 'T' },
  { from: 1e9, unit: 'G' },
  { from: 1e6, unit: 'M' },
  { from: 1e3, unit: 'k' },
] as const;

/** Three significant digits: `812`, `12.4 M`, `1.20 G`. Fuel counts WebAssembly instructions. */
export function formatFuel(fuel: number): string {
  // What would round up to 1000 of a unit is shown in the next one.
  const scale = SCALES.find(({ from }) => fuel >= from * 0.9995);
  return scale === undefined ? String(fuel) : `${threeDigits(fuel / scale.from)} ${scale.unit}`;
}

/** All digits, grouped: `12,406,221`. */
export function formatExact(count: number): string {
  return count.toLocaleString('en-US');
}

/** Binary units, as limits are given in: `38 MB` means 38 × 2²⁰ bytes. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB'] as const;
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit] ?? 'GB'}`;
}

/** `0.42 s`, `12.1 s`, `2 min 05 s`. */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

function threeDigits(value: number): string {
  if (value < 9.995) return value.toFixed(2);
  return value < 99.95 ? value.toFixed(1) : value.toFixed(0);
}
