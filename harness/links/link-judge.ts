import { isNamed } from '../faults/conditions.ts'
import type { CallAnswer, CallEffect, RequestCall, RequestEffect } from '../faults/effects.ts'
import type { Fault } from '../faults/fault.ts'
import type { FaultStand, StandingFault } from '../faults/fault-stand.ts'
import type { LinkCall, LinkMessage } from './link-message.ts'

/** An effect on a whole HTTP message. */
export type TransportEffect = Exclude<RequestEffect, CallEffect | { readonly kind: 'turns' }>

/** What the faults of a link say about one message. */
export interface Verdict {
  /** Null: nothing happens to the message as a whole. */
  readonly transport: { readonly fault: StandingFault; readonly effect: TransportEffect } | null
  /** Calls that are answered in the provider's place. */
  readonly answers: ReadonlyMap<LinkCall, CallAnswer>
  /** Calls whose answers may be changed. */
  readonly changes: ReadonlyMap<LinkCall, (answer: CallAnswer) => CallAnswer>
}

/**
 * Asks the faults about each call of a message. A fault that answers has hit; one that changes an answer hits when it does.
 * In a batch, the first call that a fault of the whole message is about decides for all.
 */
export function judgeMessage(
  stand: Pick<FaultStand, 'decide'>,
  consumer: string,
  nowMs: number,
  message: LinkMessage,
): Verdict {
  let transport: Verdict['transport'] = null
  const answers = new Map<LinkCall, CallAnswer>()
  const changes = new Map<LinkCall, (answer: CallAnswer) => CallAnswer>()
  for (const call of message.calls) {
    const fault = stand.decide({ consumer, method: call.method, nowMs }, (one) =>
      concerns(one, call, message.batch),
    )
    const effect = fault === null ? null : nextEffect(fault)
    if (fault === null || effect === null) continue
    if (effect.kind !== 'call') {
      transport ??= { fault, effect }
      continue
    }
    const answer = effect.answer?.(call)
    if (answer !== undefined) {
      answers.set(call, answer)
      fault.strike()
    } else if (effect.change !== undefined) changes.set(call, changing(fault, effect.change, call))
  }
  return { transport, answers, changes }
}

function changing(fault: StandingFault, change: NonNullable<CallEffect['change']>, call: RequestCall) {
  return (answer: CallAnswer): CallAnswer => {
    if (fault.spent) return answer
    const changed = change(answer, call, fault.memory)
    if (changed !== answer) fault.strike()
    return changed
  }
}

/** Whether the fault has anything to say about this call, whatever its conditions say. */
function concerns({ effects, conditions }: Fault, call: RequestCall, batch: boolean): boolean {
  const effect = effects.request
  if (effect === undefined) return false
  switch (effect.kind) {
    case 'reordered':
      return batch
    case 'turns':
      return isAbout(effect.about, call)
    case 'call':
      // Whoever names calls knows better than the fault what it is to be about.
      if (!isAbout(effect.about, call) && !conditions.some((one) => 'to' in one)) return false
      return effect.change !== undefined || effect.answer?.(call) !== undefined
    default:
      return true
  }
}

const isAbout = (about: readonly string[] | undefined, { method }: RequestCall) =>
  about === undefined || about.some((name) => isNamed(method, name))

/** The effect of this time: a fault of several takes them in turn. */
function nextEffect(fault: StandingFault): Exclude<RequestEffect, { readonly kind: 'turns' }> | null {
  let effect: RequestEffect | null = fault.fault.effects.request ?? null
  while (effect?.kind === 'turns') {
    const turn = (fault.memory.get('turn') as number | undefined) ?? 0
    fault.memory.set('turn', turn + 1)
    effect = effect.of[turn % effect.of.length] ?? null
  }
  return effect
}
