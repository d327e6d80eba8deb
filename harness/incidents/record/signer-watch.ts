import { z } from 'zod'
import type { JsonRpcClient } from '../../../node/json-rpc/client.ts'
import { JsonRpcError } from '../../../node/json-rpc/errors.ts'
import { unsafeBlockSignerSlot } from '../../../node/l1/unsafe-block-signer.ts'
import type { Fact } from '../../events/event.ts'
import { signerNote } from './signer-note.ts'

const rollupConfigSchema = z.looseObject({ l1_system_config_address: z.string().regex(/^0x[0-9a-f]{40}$/i) })
const wordSchema = z.string().regex(/^0x[0-9a-f]{64}$/i)

export interface SignerWatchOptions {
  readonly l1: Pick<JsonRpcClient, 'request'>
  /** Consensus nodes, any of which may tell the rollup config. */
  readonly cls: readonly { readonly rpc: Pick<JsonRpcClient, 'request'> }[]
  readonly record: (fact: Fact) => void
}

/**
 * Who signs unsafe blocks, as the SystemConfig on L1 says: asked at every new head of L1, told when it changes. Its place
 * is told by `optimism_rollupConfig`; while nobody tells it, nothing is asked of L1. Each call says how many calls it made.
 * Source: specs/protocol/system-config.md, "unsafeBlockSigner".
 */
export function watchSigner({ l1, cls, record }: SignerWatchOptions) {
  let address: string | null = null
  let told = ''
  let given: readonly SignerWatchOptions['cls'][number][] = cls

  async function findAddress(signal: AbortSignal): Promise<number> {
    const [first] = given
    if (first === undefined) return 0
    try {
      const config = rollupConfigSchema.safeParse(
        await first.rpc.request('optimism_rollupConfig', [], signal),
      )
      if (config.success) address = config.data.l1_system_config_address
      else given = given.slice(1)
    } catch (error) {
      // One that does not offer it is not asked again; one that is away may be later.
      given = error instanceof JsonRpcError ? given.slice(1) : [...given.slice(1), first]
    }
    return 1
  }

  return async (head: { readonly number: bigint; readonly hash: string }, signal: AbortSignal) => {
    let calls = address === null ? await findAddress(signal) : 0
    if (address === null) return calls
    calls++
    const word = wordSchema.safeParse(
      await l1
        .request('eth_getStorageAt', [address, unsafeBlockSignerSlot, head.hash], signal)
        .catch(() => null),
    )
    if (!word.success || word.data === told) return calls
    told = word.data
    record(signerNote(`0x${word.data.slice(-40)}`, Number(head.number)))
    return calls
  }
}
