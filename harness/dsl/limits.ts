import type { ChainParameters } from '../genesis/chain-parameters.ts'
import type { Level } from '../world/levels.ts'
import type { PollPeriods } from '../world/poll-periods.ts'

/** When a wait gives up. Both follow from the topology's block times; neither counts attempts. */
export interface WaitLimits {
  /** No progress of what the wait watches for this long. */
  readonly stallMs: number
  /** From the start of the wait, however much progress there is. */
  readonly totalMs: number
}

/** What a wait may watch. */
export type Watched = Level | 'currentL1' | 'l1' | 'transaction' | 'peers'

/** A machine that is busy with other work may stop for this long without anything being wrong. */
const machineMs = 15_000
/** How many times slower than on an idle machine everything may be. */
const slowness = 4

/** Time from a block's making until it has that level, with everything working. */
export function latencyMs(parameters: ChainParameters, watched: Watched, polls: PollPeriods = {}): number {
  const { l1HeadMs = 0, l1FinalizedMs = 0, followSourceMs = 0 } = polls
  const l1Ms = parameters.l1BlockTime * 1000
  const l2Ms = parameters.l2BlockTime * 1000
  // A batch waits for its channel to close, then for the next L1 block, then for the verifier to see that block.
  // A client that cannot be told to look often looks this late.
  const safeMs = 3 * l1Ms + 2 * l2Ms + l1HeadMs + followSourceMs
  switch (watched) {
    case 'unsafe':
      return l2Ms
    case 'localSafe':
    case 'crossSafe':
      return safeMs
    case 'finalized':
      return safeMs + (parameters.l1SafeDistance + parameters.l1FinalizedDistance + 1) * l1Ms + l1FinalizedMs
    case 'currentL1':
    case 'l1':
      return 2 * l1Ms + l1HeadMs + followSourceMs
    case 'transaction':
      return safeMs + 2 * l1Ms
    case 'peers':
      return l1Ms
  }
}

/** The limits of a wait for `blocks` more L2 blocks (or L1 blocks, when L1 is watched). */
export function limitsFor(
  parameters: ChainParameters,
  watched: Watched,
  blocks = 1n,
  polls: PollPeriods = {},
): WaitLimits {
  const latency = latencyMs(parameters, watched, polls)
  const perBlockMs =
    1000 * (watched === 'l1' || watched === 'currentL1' ? parameters.l1BlockTime : parameters.l2BlockTime)
  const stallMs = machineMs + slowness * latency
  return { stallMs, totalMs: stallMs + slowness * (latency + Number(blocks) * perBlockMs) }
}

/** How long a whole scenario may take before the runner ends it: a backstop for what no wait can see. */
export function scenarioMs(parameters: ChainParameters): number {
  return 4 * limitsFor(parameters, 'finalized').totalMs
}
