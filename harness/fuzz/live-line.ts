import { marks } from '../events/marks.ts'
import type { CampaignResult } from './result.ts'

/** How a campaign goes, in one line. */
export function liveLine(sum: CampaignResult, elapsedMs: number): string {
  const perMinute = (sum.runs * 60_000) / Math.max(1, elapsedMs)
  const speed = sum.virtualMs / Math.max(1, elapsedMs)
  return `${sum.runs} seeds · ${perMinute.toFixed(1)} a minute · ${speed.toFixed(1)} virtual s/s · ${sum.deeds} deeds, ${sum.hits} hits · ${Object.keys(sum.marks).length}/${Object.keys(marks).length} marks · ${Object.keys(sum.combinations).length} combinations · ${sum.failures.length} failures`
}

/** The last such line in what a campaign said; null when there is none yet. */
export function readLiveLine(
  text: string,
): { readonly runs: number; readonly perMinute: number; readonly failures: number } | null {
  const [, runs, perMinute, failures] =
    [...text.matchAll(/(\d+) seeds · (\d+\.\d) a minute · .* (\d+) failures$/gm)].at(-1) ?? []
  return runs === undefined
    ? null
    : { runs: Number(runs), perMinute: Number(perMinute), failures: Number(failures) }
}
