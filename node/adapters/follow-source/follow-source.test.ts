import { describe, expect, it } from 'vitest'
import { JsonRpcError, JsonRpcTransportError } from '../../json-rpc/errors.ts'
import { createFakeRpc } from '../../json-rpc/testing/fake-rpc.ts'
import { zeroL1BlockRef, zeroL2BlockRef } from '../../protocol/refs.ts'
import { syncStatusToJson } from '../../protocol/sync-status-json.ts'
import { createFollowSource } from './follow-source.ts'

const status = {
  currentL1: { ...zeroL1BlockRef, number: 5n },
  currentL1Finalized: zeroL1BlockRef,
  headL1: zeroL1BlockRef,
  safeL1: zeroL1BlockRef,
  finalizedL1: zeroL1BlockRef,
  unsafeL2: { ...zeroL2BlockRef, number: 9n },
  safeL2: { ...zeroL2BlockRef, number: 7n },
  finalizedL2: zeroL2BlockRef,
  pendingSafeL2: zeroL2BlockRef,
  crossUnsafeL2: { ...zeroL2BlockRef, number: 9n },
  localSafeL2: { ...zeroL2BlockRef, number: 8n },
}
const config = {
  genesis: {
    l1: { hash: `0x${'01'.repeat(32)}`, number: 0 },
    l2: { hash: `0x${'02'.repeat(32)}`, number: 0 },
  },
  l1_chain_id: 900,
  l2_chain_id: 901,
  a_field_of_the_future: { x: 1 },
}
const signal = new AbortController().signal
const source = (answers: Record<string, unknown>) => createFollowSource(createFakeRpc(answers))

describe('follow source', () => {
  it('reads the status and the identity of the chain', async () => {
    const follow = source({ optimism_syncStatus: syncStatusToJson(status), optimism_rollupConfig: config })
    expect(await follow.syncStatus(signal)).toEqual(status)
    expect(await follow.chainIdentity(signal)).toEqual({
      l1ChainId: 900n,
      l2ChainId: 901n,
      l1GenesisHash: `0x${'01'.repeat(32)}`,
      l2GenesisHash: `0x${'02'.repeat(32)}`,
    })
  })

  it('takes safe for local-safe from a source that does not tell it', async () => {
    const { local_safe_l2: _, ...old } = syncStatusToJson(status)
    const answer = await source({ optimism_syncStatus: old }).syncStatus(signal)
    expect(answer.localSafeL2).toEqual(status.safeL2)
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['text', 'ok'],
    ['a missing head', { ...syncStatusToJson(status), safe_l2: undefined }],
    [
      'a hex number',
      { ...syncStatusToJson(status), current_l1: { ...zeroL1BlockRef, number: '0x5', timestamp: 0 } },
    ],
    [
      'a negative number',
      { ...syncStatusToJson(status), current_l1: { ...zeroL1BlockRef, number: -1, timestamp: 0 } },
    ],
    [
      'a fraction',
      { ...syncStatusToJson(status), current_l1: { ...zeroL1BlockRef, number: 1.5, timestamp: 0 } },
    ],
    [
      'a short hash',
      {
        ...syncStatusToJson(status),
        current_l1: { hash: '0x01', parentHash: '0x01', number: 1, timestamp: 0 },
      },
    ],
  ])('refuses a status that is %s', async (_, answer) => {
    await expect(source({ optimism_syncStatus: answer }).syncStatus(signal)).rejects.toThrow(
      /sync status is not valid/,
    )
  })

  it.each<[string, unknown, object]>([
    ['null', null, {}],
    ['text', 'SYNCING', {}],
    ['without genesis', { ...config, genesis: undefined }, { l1ChainId: 900n, l2ChainId: 901n }],
    [
      'with a genesis of another form',
      { ...config, genesis: { l1: '0x01', l2: {} } },
      { l1ChainId: 900n, l2ChainId: 901n },
    ],
    [
      'with ids in hex and in words',
      { ...config, l1_chain_id: '0x1', l2_chain_id: 'optimism' },
      {
        l1ChainId: 1n,
        l2ChainId: 10n,
        l1GenesisHash: config.genesis.l1.hash,
        l2GenesisHash: config.genesis.l2.hash,
      },
    ],
    [
      'with an unknown name',
      { ...config, l2_chain_id: 'a-chain-of-tomorrow' },
      { l1ChainId: 900n, l1GenesisHash: config.genesis.l1.hash, l2GenesisHash: config.genesis.l2.hash },
    ],
  ])('takes what it can read of a rollup config: %s', async (_, answer, told) => {
    expect(await source({ optimism_rollupConfig: answer }).chainIdentity(signal)).toEqual(told)
  })

  it('a source that does not offer its rollup config tells nothing; one that fails is an error', async () => {
    const refused = new JsonRpcError(
      -32601,
      'the method optimism_rollupConfig does not exist/is not available',
    )
    expect(await source({ optimism_rollupConfig: refused }).chainIdentity(signal)).toEqual({})
    const failing = new JsonRpcTransportError('http 502')
    await expect(source({ optimism_rollupConfig: failing }).chainIdentity(signal)).rejects.toThrow('502')
  })
})
