import type { Hash } from 'viem'
import { describe, expect, it } from 'vitest'
import { createNoMetrics } from '../adapters/metrics/no-metrics.ts'
import type { NodeConfig } from '../config/node-config.ts'
import { createJsonRpcClient } from '../json-rpc/client.ts'
import { JsonRpcError } from '../json-rpc/errors.ts'
import { createMemoryTransport } from '../json-rpc/memory-transport.ts'
import { localAccess } from '../json-rpc/web-access.ts'
import { createNodeMetrics } from '../metrics.ts'
import { testBlock, testRollupConfig } from '../network/testing/blocks.ts'
import type { L2Source } from '../ports/l2-source.ts'
import type { PeerAdmin } from '../ports/peer-admin.ts'
import { outputRootV0 } from '../protocol/output-root.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import {
  type L1BlockRef,
  type L2BlockRef,
  zeroHash,
  zeroL1BlockRef,
  zeroL2BlockRef,
} from '../protocol/refs.ts'
import { payloadEnvelopeToJson } from '../protocol/testing/payload-envelope-to-json.ts'
import type { RollupNode } from '../rollup-node.ts'
import type { SequencerAdmin } from '../sequencer/sequencer-admin.ts'
import { rpcMethods } from './rpc-server.ts'

const hash = (byte: string): Hash => `0x${byte.repeat(32)}`
const rollup = testRollupConfig('isthmus')

/** The genesis block needs no L1 info transaction to have an origin. */
const genesis: PayloadEnvelope = {
  parentBeaconBlockRoot: hash('b1'),
  payload: { ...testBlock({ number: 0n, timestamp: 1_000n }).payload, blockHash: rollup.genesis.l2.hash },
}
const l1: L1BlockRef = { hash: hash('c1'), number: 5n, parentHash: hash('c2'), timestamp: 60n }
const l2Ref: L2BlockRef = {
  hash: hash('d1'),
  number: 9n,
  parentHash: hash('d2'),
  timestamp: 70n,
  l1Origin: { hash: hash('c1'), number: 5n },
  sequenceNumber: 1n,
}
const l1Json = { hash: hash('c1'), number: 5, parentHash: hash('c2'), timestamp: 60 }
const l2Json = {
  hash: hash('d1'),
  number: 9,
  parentHash: hash('d2'),
  timestamp: 70,
  l1origin: { hash: hash('c1'), number: 5 },
  sequenceNumber: 1,
}
const zeroL2Json = {
  hash: zeroHash,
  number: 0,
  parentHash: zeroHash,
  timestamp: 0,
  l1origin: { hash: zeroHash, number: 0 },
  sequenceNumber: 0,
}

function setup(
  change: {
    sequencer?: SequencerAdmin
    admin?: boolean
    gossip?: boolean
    follows?: boolean
    safeHeads?: RollupNode['safeHeads']
    table?: readonly string[]
    /** What `opp2p_blockPeer` fails with. */
    refusal?: Error
  } = {},
) {
  const calls: unknown[] = []
  const note =
    (name: string) =>
    async (...args: unknown[]) => {
      calls.push([name, ...args])
    }
  const config = {
    rollup,
    rpc: { host: '127.0.0.1', port: 0, enableAdmin: change.admin ?? true, access: localAccess },
  } as NodeConfig
  const node = {
    config,
    engine: { addUnsafePayload: note('addUnsafePayload') },
    derivation: { reset: note('reset') },
    sequencer: change.sequencer ?? null,
    safeHeads: change.safeHeads ?? null,
    status: () => ({
      currentL1: l1,
      currentL1Finalized: zeroL1BlockRef,
      headL1: l1,
      safeL1: l1,
      finalizedL1: zeroL1BlockRef,
      unsafeL2: l2Ref,
      safeL2: zeroL2BlockRef,
      finalizedL2: zeroL2BlockRef,
      pendingSafeL2: zeroL2BlockRef,
      crossUnsafeL2: l2Ref,
      localSafeL2: zeroL2BlockRef,
    }),
    followStatus: () =>
      change.follows
        ? {
            source: 'http://s',
            paused: false,
            lastResult: 'applied',
            lastError: null,
            lastPollAgeMs: 5,
            lastAppliedAgeMs: 5,
            lastCase: 'consolidated',
            applied: { currentL1: l1, localSafe: l2Ref, safe: l2Ref, finalized: zeroL2BlockRef },
          }
        : null,
  } as unknown as RollupNode
  const l2 = {
    blockByNumber: async (number: bigint) => (number === 0n ? genesis : null),
    storageRoot: async () => hash('ee'),
  } as unknown as L2Source
  const peers = {
    self: () => ({ peerID: 'me' }),
    peers: (connectedOnly: boolean) => ({ connectedOnly }),
    peerStats: () => ({ connected: 0 }),
    listBlockedPeers: () => ['x'],
    connectPeer: note('connectPeer'),
    disconnectPeer: note('disconnectPeer'),
    blockPeer: async (id: string) => {
      if (change.refusal !== undefined) throw change.refusal
      await note('blockPeer')(id)
    },
    unblockPeer: note('unblockPeer'),
    blockAddr: note('blockAddr'),
    unblockAddr: note('unblockAddr'),
    listBlockedAddrs: () => ['10.0.0.1'],
    blockSubnet: note('blockSubnet'),
    unblockSubnet: note('unblockSubnet'),
    listBlockedSubnets: () => [{ IP: '10.0.0.0', Mask: '/wAAAA==' }],
    protectPeer: note('protectPeer'),
    unprotectPeer: note('unprotectPeer'),
    discoveryTable: () => change.table ?? null,
  } as unknown as PeerAdmin
  const methods = rpcMethods({
    node,
    l2,
    peers: change.gossip === false ? null : peers,
    metrics: createNodeMetrics(createNoMetrics()),
    version: 'v1-test',
    setLogLevel: (level) => calls.push(['setLogLevel', level]),
  })
  const client = createJsonRpcClient({ transport: createMemoryTransport('node', { methods }) })
  const call = (method: string, ...params: unknown[]) => client.request(method, params)
  const fails = async (method: string, ...params: unknown[]): Promise<JsonRpcError> => {
    const error = await call(method, ...params).then(
      () => null,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(JsonRpcError)
    return error as JsonRpcError
  }
  return { calls, call, fails, methods }
}

describe('optimism_', () => {
  it('publishes the status as op-node does: plain integers, every reference there', async () => {
    expect(await setup().call('optimism_syncStatus')).toEqual({
      current_l1: l1Json,
      current_l1_finalized: { hash: zeroHash, number: 0, parentHash: zeroHash, timestamp: 0 },
      head_l1: l1Json,
      safe_l1: l1Json,
      finalized_l1: { hash: zeroHash, number: 0, parentHash: zeroHash, timestamp: 0 },
      unsafe_l2: l2Json,
      safe_l2: zeroL2Json,
      finalized_l2: zeroL2Json,
      pending_safe_l2: zeroL2Json,
      cross_unsafe_l2: l2Json,
      local_safe_l2: zeroL2Json,
    })
  })

  it('answers the output of a block', async () => {
    const { stateRoot, blockHash, withdrawalsRoot } = genesis.payload
    expect(await setup().call('optimism_outputAtBlock', '0x0')).toEqual({
      version: zeroHash,
      outputRoot: outputRootV0({ stateRoot, messagePasserStorageRoot: withdrawalsRoot as Hash, blockHash }),
      blockRef: {
        hash: rollup.genesis.l2.hash,
        number: 0,
        parentHash: genesis.payload.parentHash,
        timestamp: 1_000,
        l1origin: { hash: rollup.genesis.l1.hash, number: 0 },
        sequenceNumber: 0,
      },
      withdrawalStorageRoot: withdrawalsRoot,
      stateRoot,
      syncStatus: expect.objectContaining({ unsafe_l2: l2Json }),
    })
  })

  it.each<[string, unknown[], number, RegExp]>([
    ['a block that there is none of', ['0x5'], -32000, /L2 block 5 not found/],
    ['no number', [], -32602, /missing value for required argument 0/],
    ['a decimal number', [5], -32602, /invalid argument 0/],
    ['a label', ['latest'], -32602, /invalid argument 0/],
    ['leading zeros', ['0x05'], -32602, /invalid argument 0/],
    ['more than 64 bits', [`0x1${'0'.repeat(16)}`], -32602, /invalid argument 0/],
  ])('refuses the output of %s', async (_, params, code, message) => {
    const error = await setup().fails('optimism_outputAtBlock', ...params)
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)])
  })

  it('answers configuration and version', async () => {
    const { call } = setup()
    expect(await call('optimism_rollupConfig')).toMatchObject({
      genesis: { l1: { number: 0 }, l2_time: 1_000, system_config: { gasLimit: 30_000_000 } },
      block_time: 2,
      l2_chain_id: 901,
      isthmus_time: 0,
    })
    expect(await call('optimism_version')).toBe('v1-test')
  })

  it('answers the safe head at an L1 block, and says when it cannot', async () => {
    const [l1, l2] = [
      { number: 5n, hash: hash('05') },
      { number: 20n, hash: hash('20') },
    ]
    const safeHeadAt = (number: bigint) => (number < 5n ? null : { l1, l2, gapAfter: false })
    const { call, fails } = setup({ safeHeads: { safeHeadAt } })
    expect(await call('optimism_safeHeadAtL1Block', '0x7')).toEqual({
      l1Block: { number: 5, hash: l1.hash },
      safeHead: { number: 20, hash: l2.hash },
    })
    expect(await fails('optimism_safeHeadAtL1Block', '0x4')).toMatchObject({
      code: -32000,
      message: 'not found',
    })
    expect(await fails('optimism_safeHeadAtL1Block', 4)).toMatchObject({ code: -32602 })
    expect(await setup().fails('optimism_safeHeadAtL1Block', '0xff')).toMatchObject({
      code: -32000,
      message: 'failed to get safe head at l1 block 0xff: safe head database not enabled',
    })
  })
})

describe('admin_', () => {
  const sequencer = (): SequencerAdmin & { readonly started: Hash[]; readonly recover: boolean[] } => {
    const started: Hash[] = []
    const recover: boolean[] = []
    return {
      started,
      recover,
      setRecoverMode: (enabled) => recover.push(enabled),
      start: async (head) => {
        started.push(head)
      },
      stop: async () => hash('f1'),
      active: () => started.length > 0,
    }
  }

  it('is not there unless it is enabled', () => {
    const names = [...setup({ admin: false }).methods.keys()]
    expect(names.filter((name) => name.startsWith('admin_'))).toEqual([])
  })

  it('starts and stops the sequencer', async () => {
    const own = sequencer()
    const { call, fails } = setup({ sequencer: own })
    expect(await call('admin_sequencerActive')).toBe(false)
    await call('admin_startSequencer', hash('AB'))
    expect(own.started).toEqual([hash('ab')])
    expect(await call('admin_sequencerActive')).toBe(true)
    expect(await call('admin_stopSequencer')).toBe(hash('f1'))
    await call('admin_setRecoverMode', true)
    expect(own.recover).toEqual([true])
    expect((await fails('admin_setRecoverMode', 1)).code).toBe(-32602)
    expect((await fails('admin_startSequencer')).code).toBe(-32602)
    expect((await fails('admin_startSequencer', '0x12')).code).toBe(-32602)
  })

  it('says that a verifier has no sequencer', async () => {
    const { call, fails } = setup()
    expect(await call('admin_sequencerActive')).toBe(false)
    expect(await call('admin_conductorEnabled')).toBe(false)
    for (const method of [
      'admin_startSequencer',
      'admin_stopSequencer',
      'admin_overrideLeader',
      'admin_setSdmPostExecOptIn',
      'admin_sdmStatus',
    ])
      expect(await fails(method, ...(validArguments[method] ?? []))).toMatchObject({
        code: -32000,
        message: 'sequencer is not enabled',
      })
  })

  it('lets the recover mode of a verifier be set, as op-node does', async () => {
    expect(await setup().call('admin_setRecoverMode', true)).toBeNull()
  })

  it('says of a sequencer that it has no SDM', async () => {
    const { call, fails } = setup({ sequencer: sequencer() })
    expect(await call('admin_sdmStatus')).toEqual({
      postExecOptIn: false,
      protocolActive: false,
      effective: false,
    })
    expect(await call('admin_setSdmPostExecOptIn', false)).toBeNull()
    expect(await fails('admin_setSdmPostExecOptIn', true)).toMatchObject({ code: -32000 })
  })

  it.each([
    ['debug', 'debug'],
    ['TRACE', 'debug'],
    ['dbug', 'debug'],
    ['Info', 'info'],
    ['warn', 'warn'],
    ['eror', 'error'],
    ['crit', 'error'],
  ])('sets the log level %s', async (name, level) => {
    const { call, calls } = setup()
    expect(await call('admin_setLogLevel', name)).toBeNull()
    expect(calls).toEqual([['setLogLevel', level]])
  })

  it('refuses a log level that there is none of', async () => {
    const { calls, fails } = setup()
    expect(await fails('admin_setLogLevel', 'loud')).toMatchObject({
      code: -32602,
      message: 'invalid argument 0: unknown level: loud; expected debug, info, warn or error',
    })
    expect(calls).toEqual([])
  })

  it('says of a sequencer that it has no conductor, and refuses to override one', async () => {
    const { call, fails } = setup({ sequencer: sequencer() })
    expect(await call('admin_conductorEnabled')).toBe(false)
    expect(await fails('admin_overrideLeader')).toMatchObject({
      code: -32000,
      message: expect.stringMatching(/^conductor is not enabled: .* use admin_startSequencer$/),
    })
  })

  it('takes a posted payload, and only with its own hash', async () => {
    const { call, calls, fails } = setup()
    const block = testBlock({ timestamp: 1_000n })
    await call('admin_postUnsafePayload', payloadEnvelopeToJson(block))
    expect(calls).toEqual([['addUnsafePayload', block]])
    const forged = { ...block, payload: { ...block.payload, gasUsed: 1n } }
    expect(await fails('admin_postUnsafePayload', payloadEnvelopeToJson(forged))).toMatchObject({
      code: -32000,
      message: expect.stringMatching(
        new RegExp(`^payload has bad block hash: ${block.payload.blockHash}, actual block hash is: 0x`),
      ),
    })
    const { parentBeaconBlockRoot: _, ...rootless } = payloadEnvelopeToJson(block)
    expect((await fails('admin_postUnsafePayload', rootless)).message).toMatch(/bad block hash/)
    for (const garbage of [undefined, null, {}, [], 'x', { executionPayload: { blockHash: 7 } }])
      expect((await fails('admin_postUnsafePayload', garbage)).code).toBe(-32602)
    expect(calls).toHaveLength(1)
  })

  it('resets derivation', async () => {
    const { call, calls } = setup()
    await call('admin_resetDerivationPipeline')
    expect(calls).toEqual([['reset']])
  })
})

describe('opp2p_', () => {
  it('is not there without p2p', () => {
    const names = [...setup({ gossip: false }).methods.keys()]
    expect(names.filter((name) => name.startsWith('opp2p_'))).toEqual([])
  })

  it('asks the network', async () => {
    const { call, calls, fails } = setup()
    expect(await call('opp2p_self')).toEqual({ peerID: 'me' })
    expect(await call('opp2p_peers', false)).toEqual({ connectedOnly: false })
    expect(await call('opp2p_peers', true)).toEqual({ connectedOnly: true })
    expect(await call('opp2p_peerStats')).toEqual({ connected: 0 })
    expect(await call('opp2p_listBlockedPeers')).toEqual(['x'])
    expect(await call('opp2p_listBlockedAddrs')).toEqual(['10.0.0.1'])
    expect(await call('opp2p_listBlockedSubnets')).toEqual([{ IP: '10.0.0.0', Mask: '/wAAAA==' }])
    const actions = ['Peer', 'Addr', 'Subnet'].flatMap((what) => [`block${what}`, `unblock${what}`])
    const names = ['connectPeer', 'disconnectPeer', 'protectPeer', 'unprotectPeer', ...actions]
    for (const name of names) await call(`opp2p_${name}`, 'p')
    expect(calls).toEqual(names.map((name) => [name, 'p']))
    expect((await fails('opp2p_peers', 'yes')).code).toBe(-32602)
    expect((await fails('opp2p_connectPeer', 7)).code).toBe(-32602)
    expect((await fails('opp2p_connectPeer', 'x'.repeat(1_001))).code).toBe(-32602)
    expect((await fails('opp2p_discoveryTable')).message).toBe('discovery disabled')
    expect(await call('opp2p_peerCount')).toEqual({ connectedDiscovery: null, connectedGossip: 0 })
    expect(await setup({ table: ['enr:x'] }).call('opp2p_discoveryTable')).toEqual(['enr:x'])
  })

  it('takes a subnet as op-node does, too', async () => {
    const { call, calls, fails } = setup()
    await call('opp2p_blockSubnet', { IP: '10.0.0.0', Mask: '/wAAAA==' })
    await call('opp2p_unblockSubnet', { IP: '2001:db8::', Mask: '/////wAAAAAAAAAAAAAAAA==' })
    expect(calls).toEqual([
      ['blockSubnet', '10.0.0.0/8'],
      ['unblockSubnet', '2001:db8::/32'],
    ])
    for (const bad of [
      { IP: '10.0.0.0', Mask: '/wD/AA==' },
      { IP: '10.0.0.0', Mask: '-' },
      { IP: '10.0.0.0' },
      7,
    ])
      expect((await fails('opp2p_blockSubnet', bad)).code).toBe(-32602)
  })
})

describe('lockstep_', () => {
  it('tells where safe heads come from', async () => {
    expect(await setup().call('lockstep_followStatus')).toBeNull()
    expect(await setup({ follows: true }).call('lockstep_followStatus')).toEqual({
      source: 'http://s',
      paused: false,
      lastResult: 'applied',
      lastError: null,
      lastPollAgeMs: 5,
      lastAppliedAgeMs: 5,
      lastCase: 'consolidated',
      applied: { currentL1: l1Json, localSafe: l2Json, safe: l2Json, finalized: zeroL2Json },
    })
  })
})

/** For each method that takes something, arguments that it takes. */
const validArguments: Readonly<Record<string, readonly unknown[]>> = {
  optimism_outputAtBlock: ['0x0'],
  optimism_safeHeadAtL1Block: ['0x0'],
  admin_startSequencer: [hash('ab')],
  admin_setRecoverMode: [true],
  admin_setSdmPostExecOptIn: [true],
  admin_setLogLevel: ['info'],
  admin_postUnsafePayload: [payloadEnvelopeToJson(testBlock({ timestamp: 1_000n }))],
  opp2p_peers: [true],
  ...Object.fromEntries(
    ['connectPeer', 'disconnectPeer', 'blockPeer', 'unblockPeer', 'protectPeer', 'unprotectPeer']
      .concat(['blockAddr', 'unblockAddr', 'blockSubnet', 'unblockSubnet'])
      .map((name) => [`opp2p_${name}`, ['x']]),
  ),
}
const served = [...setup().methods.keys()]

describe('the methods', () => {
  it('are those of op-node v1.19 and kona-node v1.6, and our own', () => {
    expect(served.toSorted()).toEqual(
      [
        'optimism_syncStatus optimism_outputAtBlock optimism_rollupConfig optimism_dependencySet',
        'optimism_version optimism_safeHeadAtL1Block lockstep_followStatus health_status healthz rpc_modules',
        'admin_startSequencer admin_stopSequencer admin_sequencerActive admin_setRecoverMode',
        'admin_conductorEnabled admin_overrideLeader admin_setSdmPostExecOptIn admin_sdmStatus',
        'admin_resetDerivationPipeline admin_postUnsafePayload admin_setLogLevel',
        'opp2p_self opp2p_peers opp2p_peerStats opp2p_peerCount opp2p_connectPeer opp2p_disconnectPeer',
        'opp2p_blockPeer opp2p_unblockPeer opp2p_listBlockedPeers opp2p_blockAddr opp2p_unblockAddr',
        'opp2p_listBlockedAddrs opp2p_blockSubnet opp2p_unblockSubnet opp2p_listBlockedSubnets',
        'opp2p_protectPeer opp2p_unprotectPeer opp2p_discoveryTable',
      ]
        .join(' ')
        .split(' ')
        .toSorted(),
    )
  })

  it('tell their namespaces, health, and that the chain is in no interop set', async () => {
    const { call, fails } = setup({ gossip: false })
    expect(await call('rpc_modules')).toEqual({
      admin: '1.0',
      health: '1.0',
      lockstep: '1.0',
      optimism: '1.0',
      rpc: '1.0',
    })
    expect(await call('health_status')).toBe('v1-test')
    expect(await call('healthz')).toEqual({ version: 'v1-test' })
    expect(await fails('optimism_dependencySet')).toMatchObject({ code: -32000, message: 'not found' })
  })

  it.each(served)('%s refuses missing, surplus and mistyped arguments with -32602', async (method) => {
    const { calls, fails } = setup()
    const valid = validArguments[method] ?? []
    expect(await fails(method, ...valid, 'surplus')).toMatchObject({
      code: -32602,
      message: `too many arguments, want at most ${valid.length}, found ${valid.length + 1}`,
    })
    if (valid.length > 0) {
      const missing = { code: -32602, message: 'missing value for required argument 0' }
      expect(await fails(method)).toMatchObject(missing)
      expect(await fails(method, null)).toMatchObject(missing)
      for (const wrong of [7, [], ['x'], {}, { IP: 7 }])
        expect(await fails(method, wrong), JSON.stringify(wrong)).toMatchObject({
          code: -32602,
          message: expect.stringMatching(/^invalid argument 0: /),
        })
    }
    expect(calls).toEqual([])
  })

  it('refuse with -32602 what the network cannot read, and keep other errors apart', async () => {
    const { fails } = setup({
      refusal: new RangeError('bad peer id: expected one such as 16Uiu2HA…, found "x"'),
    })
    expect(await fails('opp2p_blockPeer', 'x')).toMatchObject({
      code: -32602,
      message: 'invalid argument 0: bad peer id: expected one such as 16Uiu2HA…, found "x"',
    })
    const other = setup({ refusal: new Error('peer x is blocked; unblock it first') })
    expect(await other.fails('opp2p_blockPeer', 'x')).toMatchObject({ code: -32000 })
  })
})

describe('every answer', () => {
  it('is JSON', async () => {
    const { call, methods } = setup({ follows: true })
    for (const method of methods.keys()) {
      const code = await call(method, ...(validArguments[method] ?? [])).then(
        () => null,
        (error: JsonRpcError) => error.code,
      )
      expect(code, method).not.toBe(-32603)
    }
  })
})
