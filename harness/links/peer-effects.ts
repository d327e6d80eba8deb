import type { PeerEffect } from '../faults/effects.ts'
import type { FaultStand, StandingFault } from '../faults/fault-stand.ts'

/** Whether the fault lets no connection be between the two. */
export function isCutting(effect: PeerEffect | undefined, a: string, b: string): boolean {
  if (effect?.kind === 'cut') return true
  if (effect?.kind !== 'partition') return false
  const together = effect.groups.some((group) => group.includes(a) && group.includes(b))
  return a !== b && !together
}

/** What a peer sends, or that it dials, and the other one. */
export interface PeerMessage {
  readonly from: string
  readonly to: string
  readonly nowMs: number
}

/** The fault that ends the connection for it, or lets none be made; null when none does. The caller strikes. */
export const cuttingFault = (
  stand: Pick<FaultStand, 'decide'>,
  { from, to, nowMs }: PeerMessage,
): StandingFault | null =>
  stand.decide({ consumer: from, method: null, nowMs }, ({ effects }) => isCutting(effects.peers, from, to))

/** How much later it comes; the fault that says so has struck. */
export function delayedMs(stand: Pick<FaultStand, 'decide'>, { from, nowMs }: PeerMessage): number {
  const fault = stand.decide(
    { consumer: from, method: null, nowMs },
    ({ effects }) => effects.peers?.kind === 'slow' || effects.peers?.kind === 'loss',
  )
  const delayMs = fault === null ? 0 : packetDelayMs(fault)
  if (delayMs > 0) fault?.strike()
  return delayMs
}

/** RFC 6298, section 2: the timeout before a retransmission, at least (as Linux has it), doubled each time (5.5). */
const retransmissionMs = 200
/** After that many losses in a row TCP would still try; a fault of the harness lets the packet through. */
const lossesMax = 6

function packetDelayMs(fault: StandingFault): number {
  const effect = fault.fault.effects.peers
  if (effect?.kind === 'slow') return effect.ms + fault.random() * effect.jitterMs
  if (effect?.kind !== 'loss') return 0
  let delayMs = 0
  for (let lost = 0; lost < lossesMax && fault.random() < effect.probability; lost++)
    delayMs += retransmissionMs * 2 ** lost
  return delayMs
}
