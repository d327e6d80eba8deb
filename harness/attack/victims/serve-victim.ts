import type { Measured } from '../attack.ts'
import { startLoadProbe } from './load-probe.ts'

/** What the attacker asks of its victim's process. */
export type VictimRequest = 'begin' | 'end'
/** What the process says: where it can be reached, that it measures, what it measured. */
export type VictimMessage =
  | { readonly kind: 'ready'; readonly info: unknown }
  | { readonly kind: 'began' }
  | {
      readonly kind: 'measured'
      readonly measured: Measured
      /** When it said so, Unix time in milliseconds. */
      readonly atMs: number
    }

/** What the clocks of two processes of a machine agree on, to parts of a millisecond. */
export const epochMs = (): number => performance.timeOrigin + performance.now()

/** Runs a victim in this process, which ends with the attacker's. @param ask what else is measured, at the end. */
export function serveVictim(info: unknown, ask: () => Measured = () => ({})): void {
  const tell = (message: VictimMessage) => process.send?.(message)
  const probe = startLoadProbe()
  process.once('disconnect', () => process.exit(0))
  process.on('message', (request: VictimRequest) => {
    if (request === 'begin') {
      probe.begin()
      tell({ kind: 'began' })
    } else tell({ kind: 'measured', measured: { ...probe.read(), ...ask() }, atMs: epochMs() })
  })
  tell({ kind: 'ready', info })
}
