import type { Hash } from 'viem'
import { JsonRpcError, rpcErrorCode } from '../../../node/json-rpc/errors.ts'
import type { Clock } from '../../../node/ports/clock.ts'
import type { L1Effect } from '../../faults/effects.ts'
import type { FaultStand, StandingFault } from '../../faults/fault-stand.ts'
import type { L1Controller } from '../controller.ts'
import type { ForkTree } from '../fork-tree.ts'
import type { L1Labels } from '../schedule.ts'
import { canonicalChain, forkChain, laggingChain, type ShownChain } from './shown-chain.ts'

/** Where the faults of what one consumer sees stand. */
export interface ConsumerFaults {
  readonly consumer: string
  readonly stands: readonly Pick<FaultStand, 'faults' | 'decide'>[]
}

/** L1 as one call of a consumer sees it. Each part is decided when it is first asked for, and only once. */
export interface CallView {
  readonly chain: ShownChain
  /** @throws JsonRpcError when the label is refused. */
  label(name: 'safe' | 'finalized'): bigint
  /** Whether a replaced block that it would have is to be forgotten. */
  forgetsOrphan(): boolean
  /** Whether these receipts, or logs, are to be none. */
  emptiesReceipts(count: number): boolean
  withholds(blob: Hash): boolean
}

export interface ViewModules {
  readonly tree: Pick<ForkTree, 'block' | 'blocks' | 'orphaned'>
  readonly controller: Pick<L1Controller, 'labels'>
  readonly clock: Clock
}

/** Whether any fault changes what this consumer sees; if not, it sees what everybody sees. */
export function isAltered({ stands }: ConsumerFaults): boolean {
  return stands.some(({ faults }) => faults.some(({ fault }) => fault.effects.l1 !== undefined))
}

/** One request of a consumer, which may hold several calls: gives the view of each call by its method or path. */
export function openRequest(
  { consumer, stands }: ConsumerFaults,
  modules: ViewModules,
): (method: string) => CallView {
  /** Two nodes behind one address take turns by requests, not by calls. */
  const turns = new Map<StandingFault, number>()
  const turnOf = (fault: StandingFault): number => {
    const known = turns.get(fault)
    if (known !== undefined) return known
    const turn = (fault.memory.get('turn') as number | undefined) ?? 0
    fault.memory.set('turn', turn + 1)
    turns.set(fault, turn)
    return turn
  }
  return (method) => {
    const decide = (about: L1Effect['about']): StandingFault | null => {
      const occurrence = { consumer, method, nowMs: modules.clock.nowMs() }
      for (const stand of stands) {
        const fault = stand.decide(occurrence, ({ effects }) => effects.l1?.about === about)
        if (fault !== null) return fault
      }
      return null
    }
    return createCallView(modules, decide, turnOf)
  }
}

function createCallView(
  { tree, controller }: ViewModules,
  decide: (about: L1Effect['about']) => StandingFault | null,
  turnOf: (fault: StandingFault) => number,
): CallView {
  const once = <T>(compute: () => T) => {
    let value: { readonly of: T } | undefined
    return () => {
      value ??= { of: compute() }
      return value.of
    }
  }
  const head = once(() => decide('head'))
  const chain = once((): ShownChain => {
    const fault = head()
    if (fault === null) return canonicalChain(tree)
    const shown = shownBy(tree, fault, turnOf)
    if (shown.head.hash !== canonicalChain(tree).head.hash) fault.strike()
    return shown
  })
  const labels = once((): L1Labels | 'refused' => {
    const real = laggingLabels(controller.labels(), head(), chain())
    const fault = decide('labels')
    if (fault === null) return real
    const shown = labelsBy(real, fault)
    if (shown === 'refused' || shown.safe !== real.safe || shown.finalized !== real.finalized) fault.strike()
    return shown
  })
  const orphans = once(() => decide('orphans'))
  const receipts = once(() => decide('receipts'))
  const blobs = once(() => decide('blobs'))
  return {
    get chain() {
      return chain()
    },
    label(name) {
      const shown = labels()
      if (shown === 'refused') throw new JsonRpcError(rpcErrorCode.server, `${name} block not found`)
      return shown[name]
    },
    forgetsOrphan() {
      orphans()?.strike()
      return orphans() !== null
    },
    emptiesReceipts(count) {
      if (count > 0) receipts()?.strike()
      return receipts() !== null
    },
    withholds(blob) {
      const fault = blobs()
      const effect = fault?.fault.effects.l1
      if (fault === null || effect?.about !== 'blobs') return false
      if (effect.blobs !== 'all' && !effect.blobs.includes(blob)) return false
      fault.strike()
      return true
    },
  }
}

function shownBy(
  tree: ViewModules['tree'],
  fault: StandingFault,
  turnOf: (fault: StandingFault) => number,
): ShownChain {
  const effect = fault.fault.effects.l1
  if (effect?.about !== 'head') return canonicalChain(tree)
  if (effect.kind === 'lag') return laggingChain(tree, effect.blocks)
  return forkChain(tree, effect.forks[turnOf(fault) % effect.forks.length] ?? 'canonical')
}

const lower = (a: bigint, b: bigint) => (a < b ? a : b)
const less = (number: bigint, blocks: number) => (number > BigInt(blocks) ? number - BigInt(blocks) : 0n)
const each = (labels: L1Labels, change: (number: bigint, name: keyof L1Labels) => bigint): L1Labels => ({
  safe: change(labels.safe, 'safe'),
  finalized: change(labels.finalized, 'finalized'),
})

/**
 * Labels name blocks that the node has. One that falls behind keeps those that it had given until it is past them. What is
 * final is of every fork: no node of L1 calls a block final that L1 replaced, whichever fork it shows.
 */
function laggingLabels(real: L1Labels, fault: StandingFault | null, { head, base }: ShownChain): L1Labels {
  const effect = fault?.fault.effects.l1
  if (fault === null || effect?.about !== 'head' || effect.kind !== 'lag')
    return each(real, (number, name) => lower(number, name === 'finalized' ? base : head.number))
  const first = (fault.memory.get('labels') as L1Labels | undefined) ?? real
  fault.memory.set('labels', first)
  return each(real, (number, name) => {
    const behind = less(number, effect.blocks)
    return lower(behind > first[name] ? behind : first[name], head.number)
  })
}

function labelsBy(real: L1Labels, fault: StandingFault): L1Labels | 'refused' {
  const effect = fault.fault.effects.l1
  if (effect?.about !== 'labels') return real
  switch (effect.kind) {
    case 'refusesLabels':
      return 'refused'
    case 'labelsGoBack':
      return each(real, (number) => less(number, effect.blocks))
    case 'finalityStall': {
      const first = (fault.memory.get('labels') as L1Labels | undefined) ?? real
      fault.memory.set('labels', first)
      // Of a fork that another fault shows meanwhile only what is real is final.
      return each(first, (number, name) => lower(number, real[name]))
    }
  }
}
