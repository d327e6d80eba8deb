import type { Hex } from 'viem'
import { forksActiveFrom } from '../../config/forks.ts'
import { parseRollupConfig, type RollupConfig } from '../../config/rollup-config.ts'
import { payloadBlockHash } from '../../protocol/block-hash.ts'
import type { ExecutionPayload, PayloadEnvelope } from '../../protocol/payload.ts'

const hash = (byte: string): Hex => `0x${byte.repeat(32)}`

/** A rollup configuration with every fork up to `last` active from genesis. */
export function testRollupConfig(
  last: Parameters<typeof forksActiveFrom>[0] = 'isthmus',
  l2ChainId = 901n,
): RollupConfig {
  const base = parseRollupConfig({
    genesis: {
      l1: { hash: hash('11'), number: 0 },
      l2: { hash: hash('22'), number: 0 },
      l2_time: 1_000,
      system_config: {
        batcherAddr: `0x${'33'.repeat(20)}`,
        overhead: hash('00'),
        scalar: hash('00'),
        gasLimit: 30_000_000,
      },
    },
    block_time: 2,
    max_sequencer_drift: 600,
    seq_window_size: 3600,
    channel_timeout: 300,
    l1_chain_id: 900,
    l2_chain_id: Number(l2ChainId),
    batch_inbox_address: `0x${'44'.repeat(20)}`,
    deposit_contract_address: `0x${'55'.repeat(20)}`,
    l1_system_config_address: `0x${'66'.repeat(20)}`,
  })
  return { ...base, forks: forksActiveFrom(last) }
}

/** A well-formed block with the fields of the version and its own hash. */
export function testBlock(options: {
  readonly version?: 0 | 1 | 2 | 3
  readonly number?: bigint
  readonly timestamp: bigint
  readonly extraData?: Hex
  readonly change?: Partial<ExecutionPayload>
}): PayloadEnvelope {
  const { version = 3, number = 7n, timestamp, extraData = '0x', change } = options
  const payload: ExecutionPayload = {
    parentHash: hash('a1'),
    feeRecipient: `0x${'a2'.repeat(20)}`,
    stateRoot: hash('a3'),
    receiptsRoot: hash('a4'),
    logsBloom: `0x${'00'.repeat(256)}`,
    prevRandao: hash('a5'),
    blockNumber: number,
    gasLimit: 30_000_000n,
    gasUsed: 21_000n,
    timestamp,
    extraData,
    baseFeePerGas: 1_000_000_000n,
    blockHash: hash('00'),
    transactions: ['0x7e0102', '0x02f0'],
    ...(version >= 1 ? { withdrawals: [] } : {}),
    ...(version >= 2 ? { blobGasUsed: 0n, excessBlobGas: 0n } : {}),
    ...(version >= 3 ? { withdrawalsRoot: hash('a6') } : {}),
    ...change,
  }
  const envelope = { payload, ...(version >= 2 ? { parentBeaconBlockRoot: hash('a7') } : {}) }
  return { ...envelope, payload: { ...payload, blockHash: payloadBlockHash(envelope) } }
}
