import type { Hex } from 'viem'
import type { RollupConfig } from '../../../config/rollup-config.ts'
import type { L1Source } from '../../../ports/l1-source.ts'
import { createAttributesBuilder } from '../../attributes-builder.ts'
import type { FakeL2 } from './fake-l2.ts'

export interface SequenceOptions {
  readonly config: RollupConfig
  readonly l1: L1Source
  readonly l2: FakeL2
  /** Build until the head has this number. */
  readonly until: bigint
  /** The sequenced transactions of a block. Default: none. */
  readonly transactions?: (blockNumber: bigint) => readonly Hex[]
}

/** Extends an L2 chain as a sequencer would: each block adopts the next L1 block as soon as time allows. */
export async function sequence(options: SequenceOptions): Promise<void> {
  const { config, l1, l2, until } = options
  const { signal } = new AbortController()
  const builder = createAttributesBuilder({ config, l1, l2 })
  while (l2.head.number < until) {
    const parent = l2.head
    const next = await l1.headerByNumber(parent.l1Origin.number + 1n)
    const adopts = next !== null && next.timestamp <= parent.timestamp + config.blockTime
    const attributes = await builder.build(parent, adopts ? next : parent.l1Origin, signal)
    const sequenced = options.transactions?.(parent.number + 1n) ?? []
    l2.build({ ...attributes, transactions: [...attributes.transactions, ...sequenced] })
  }
}
