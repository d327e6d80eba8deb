/** `+12.345 s` since the run began. */
export function formatTime(ms: number, fromMs: number, digits = 3): string {
  const seconds = (ms - fromMs) / 1000
  return `${seconds < 0 ? '−' : '+'}${Math.abs(seconds).toFixed(digits)} s`
}

/** `840 ms`, `12.3 s` or `4 min 10 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`
}

/** `100,000`. The browser's own function loads its tables of all languages first, which takes longer than the whole page. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, ',')
}
