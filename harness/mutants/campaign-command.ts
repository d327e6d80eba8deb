import { UsageError } from '../cli/usage-error.ts'
import { codeOf, mergeOutcomes, parseCampaign, readCampaign } from './campaign-file.ts'
import { mutants as allMutants } from './catalogue/mutants.ts'
import type { Mutant } from './mutant.ts'
import { campaignJson, campaignLine, campaignTable } from './print-campaign.ts'
import { runCampaigns } from './run-campaign.ts'

export interface CampaignCommand {
  readonly root: string
  readonly mutants: readonly Mutant[]
  readonly jobs: number
  readonly seed: string
  readonly seeds: string
  readonly minutes: string | undefined
  readonly file: string
  /** Result files whose sum is printed; nothing is run then. */
  readonly merged: readonly string[]
  readonly shrinks: boolean
  readonly json: boolean
  readonly signal: AbortSignal
  readonly onProgress: (line: string) => void
}

/** Why a campaign cannot see that rule; null when it may. */
function unseenOf({ file, unseen }: Mutant): string | null {
  if (unseen !== undefined) return unseen
  const isOfNode = file.startsWith('node/') || file.startsWith('harness/batcher/')
  return isOfNode
    ? null
    : 'an engine executes for every node of a world, and nobody there has another opinion'
}

/** `npm run mutants -- --campaign`: true when every mutant was found, and nothing on the node as it is. */
export async function campaignCommand(options: CampaignCommand): Promise<boolean> {
  const { root, file, signal, onProgress } = options
  const mutants = options.mutants.filter((mutant) => unseenOf(mutant) === null)
  const unseen = options.mutants.flatMap((mutant) => {
    const reason = unseenOf(mutant)
    return reason === null ? [] : [{ mutant: mutant.name, reason }]
  })
  const isOurs = (name: string) => mutants.some((mutant) => mutant.name === name)
  if (options.merged.length > 0) {
    const outcomes = mergeOutcomes(options.merged.map(parseCampaign)).filter(({ mutant }) => isOurs(mutant))
    process.stdout.write(
      options.json ? `${campaignJson(outcomes, unseen)}\n` : campaignTable(outcomes, unseen),
    )
    return outcomes.every(({ outcome }) => outcome === 'found')
  }
  const minutes = options.minutes === undefined ? null : countOf('minutes', options.minutes)
  const { outcomes, controls } = await runCampaigns({
    ...{ mutants, file, jobs: options.jobs, shrinks: options.shrinks, signal, onProgress },
    known: readCampaign(file, codeOf(root, allMutants), countOf('seed', options.seed)),
    seeds: countOf('seeds', options.seeds),
    endMs: minutes === null ? Number.POSITIVE_INFINITY : performance.now() + minutes * 60_000,
    onOutcome: (outcome) => onProgress(campaignLine(outcome)),
  })
  const ours = outcomes.filter(({ mutant }) => isOurs(mutant))
  process.stdout.write(options.json ? `${campaignJson(ours, unseen)}\n` : `\n${campaignTable(ours, unseen)}`)
  return (
    ours.length === mutants.length &&
    ours.every(({ outcome }) => outcome === 'found') &&
    controls.every(({ violates }) => violates === null)
  )
}

function countOf(flag: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new UsageError(`--${flag}: expected 1 to 999999, found ${text}`)
  return Number(text)
}
