import { describe, expect, it } from 'vitest'
import type { Fault } from '../faults/fault.ts'
import { faults } from '../faults/vocabulary.ts'
import { hash, l2, useLink } from './testing/link-subject.ts'

const subject = useLink()
const { ask, install } = subject

describe('a fault of the answer', () => {
  it.each<[string, Fault, string, unknown[], unknown, number]>([
    [
      'rpcError',
      faults.rpcError(-32005, 'limit'),
      'a_echo',
      [],
      { error: { code: -32005, message: 'limit' } },
      0,
    ],
    ['nullResult', faults.nullResult(), 'a_echo', [1], { result: null }, 1],
    [
      'replaceResult',
      faults.replaceResult((result) => [result, 'lie']),
      'a_echo',
      [1],
      { result: [[1], 'lie'] },
      1,
    ],
    ['stale of a snapshot', faults.stale({ a_echo: 'old' }), 'a_echo', [1], { result: 'old' }, 0],
    [
      'answers SYNCING',
      faults.answers('SYNCING'),
      'engine_newPayloadV4',
      [{}],
      { result: { status: 'SYNCING', latestValidHash: null, validationError: null } },
      0,
    ],
    [
      'answers SYNCING to an update',
      faults.answers('SYNCING'),
      'engine_forkchoiceUpdatedV3',
      [{}],
      {
        result: {
          payloadStatus: { status: 'SYNCING', latestValidHash: null, validationError: null },
          payloadId: null,
        },
      },
      0,
    ],
    [
      'answers INVALID',
      faults.answers('INVALID'),
      'engine_newPayloadV4',
      [{ parentHash: hash('e') }],
      { result: { status: 'INVALID', latestValidHash: hash('e'), validationError: expect.any(String) } },
      0,
    ],
    ['answers, and only to the Engine API', faults.answers('INVALID'), 'a_echo', [1], { result: [1] }, 1],
    [
      'error',
      faults.error(-38002),
      'engine_forkchoiceUpdatedV3',
      [{}],
      { error: { code: -38002, message: 'Invalid forkchoice state' } },
      0,
    ],
    [
      'error of a payload',
      faults.error(-38001),
      'engine_getPayloadV4',
      ['0x01'],
      { error: { code: -38001, message: 'Unknown payload' } },
      0,
    ],
    [
      'error to named subject.calls',
      faults.error(-38005).to('engine_newPayload*'),
      'engine_newPayloadV4',
      [{}],
      { error: { code: -38005, message: 'Unsupported fork' } },
      0,
    ],
    [
      'forgets by hash',
      faults.forgets(`0x${'a'.repeat(64)}`),
      'eth_getBlockByHash',
      [hash('a'), false],
      { result: null },
      0,
    ],
    [
      'forgets by number',
      faults.forgets(`0x${'d'.repeat(64)}`),
      'eth_getBlockByNumber',
      ['latest', false],
      { result: null },
      1,
    ],
    [
      'forgets the parent',
      faults.forgets(`0x${'a'.repeat(64)}`),
      'engine_newPayloadV4',
      [{ parentHash: hash('a') }],
      { result: { status: 'SYNCING', latestValidHash: null, validationError: null } },
      0,
    ],
    [
      'forgets the head',
      faults.forgets(`0x${'a'.repeat(64)}`),
      'engine_forkchoiceUpdatedV3',
      [{ headBlockHash: hash('a') }],
      {
        result: {
          payloadStatus: { status: 'SYNCING', latestValidHash: null, validationError: null },
          payloadId: null,
        },
      },
      0,
    ],
    [
      'forgets what is to be safe',
      faults.forgets(`0x${'a'.repeat(64)}`),
      'engine_forkchoiceUpdatedV3',
      [{ headBlockHash: hash('b'), safeBlockHash: hash('a') }],
      { error: { code: -38002, message: 'Invalid forkchoice state' } },
      0,
    ],
    [
      'forgets nothing else',
      faults.forgets(`0x${'a'.repeat(64)}`),
      'eth_getBlockByHash',
      [hash('b'), false],
      { result: { hash: hash('b'), number: '0x1' } },
      1,
    ],
    [
      'notFoundAsError of geth',
      faults.notFoundAsError('geth'),
      'eth_getBlockByNumber',
      ['safe', false],
      { error: { code: -32000, message: 'safe block not found' } },
      1,
    ],
    [
      'notFoundAsError of reth',
      faults.notFoundAsError('reth'),
      'eth_getBlockByHash',
      [hash('f'), false],
      { error: { code: -39001, message: 'Unknown block' } },
      1,
    ],
    [
      'notFoundAsError of what is there',
      faults.notFoundAsError('reth'),
      'eth_getBlockByHash',
      [hash('1'), false],
      { result: { hash: hash('1'), number: '0x1' } },
      1,
    ],
  ])('%s', async (_, fault, method, params, expected, asked) => {
    await install(fault)
    expect(await ask(method, ...params)).toMatchObject(expected as object)
    expect(subject.calls.length).toBe(asked)
  })

  it('patch: field by field, and null takes a field away', async () => {
    await install(faults.patch({ safe_l2: { number: 6 }, finalized_l2: null }))
    const { result } = await ask('optimism_syncStatus')
    const { finalized_l2, ...rest } = subject.status
    expect(finalized_l2).toBeDefined()
    expect(result).toEqual({ ...rest, safe_l2: { ...l2(5, '5'), number: 6 } })
  })

  it('stale: each call has the first answer that it had', async () => {
    const fault = await install(faults.stale().to('a_count', 'a_echo'))
    expect([(await ask('a_count')).result, (await ask('a_count')).result]).toEqual([1, 1])
    expect([(await ask('a_echo', 1)).result, (await ask('a_echo', 2)).result]).toEqual([[1], [2]])
    expect(fault.hits).toBe(1)
    await fault.remove()
    expect((await ask('a_count')).result).toBe(5)
  })
})

describe('a follow source', () => {
  const statuses = async (count: number) => {
    const numbers: unknown[] = []
    for (let at = 0; at < count; at++) {
      subject.status = { ...subject.status, safe_l2: l2(10 + at, '5') }
      const { result } = await ask('optimism_syncStatus')
      numbers.push((result as { safe_l2: { number: number } }).safe_l2.number)
    }
    return numbers
  }

  it('stalls', async () => {
    await install(faults.stalls())
    expect(await statuses(4)).toEqual([10, 10, 10, 10])
  })

  it('replays', async () => {
    const fault = await install(faults.replays())
    expect(await statuses(5)).toEqual([10, 10, 12, 10, 14])
    expect(fault.hits).toBe(2)
  })

  it('flaps between two faults, and between a fault and the truth', async () => {
    const fault = await install(faults.flaps(faults.patch({ safe_l2: { number: 1 } }), null))
    expect(await statuses(4)).toEqual([1, 11, 1, 13])
    await fault.remove()
    await install(
      faults.flaps(faults.patch({ safe_l2: { number: 1 } }), faults.patch({ safe_l2: { number: 2 } })),
    )
    expect(await statuses(4)).toEqual([1, 2, 1, 2])
  })

  it('lies about origins', async () => {
    await install(faults.lies.origin())
    const { result } = await ask('optimism_syncStatus')
    expect(result).toEqual({
      ...subject.status,
      local_safe_l2: { ...l2(5, '5'), l1origin: { number: 1, hash: expect.not.stringMatching(hash('1')) } },
      safe_l2: { ...l2(5, '5'), l1origin: { number: 1, hash: expect.not.stringMatching(hash('1')) } },
    })
  })

  it('lies about an origin that is younger than its block, and not where it is older', async () => {
    const current = { hash: hash('c'), number: 3, parentHash: hash('b') }
    const said = async (timestamp: number) => {
      subject.status = { ...subject.status, current_l1: { ...current, timestamp } }
      return (await ask('optimism_syncStatus')).result
    }
    await install(faults.lies.laterOrigin())
    const { timestamp } = l2(5, '5')
    expect(await said(timestamp)).toEqual(subject.status)
    expect(await said(timestamp + 1)).toEqual({
      ...subject.status,
      local_safe_l2: { ...l2(5, '5'), l1origin: { hash: hash('c'), number: 3 } },
    })
  })

  it('lies about the time of a block', async () => {
    await install(faults.lies.earlierTime())
    const { result } = await ask('optimism_syncStatus')
    const { timestamp } = l2(5, '5')
    expect(result).toEqual({
      ...subject.status,
      local_safe_l2: { ...l2(5, '5'), timestamp: timestamp - 1 },
    })
  })

  it('lies about finality', async () => {
    await install(faults.lies.finalizedAboveSafe())
    const { result } = await ask('optimism_syncStatus')
    expect(result).toEqual({
      ...subject.status,
      finalized_l2: { ...l2(6, '5'), parentHash: hash('5'), hash: expect.not.stringMatching(hash('5')) },
    })
  })

  it('lies about its current L1', async () => {
    await install(faults.lies.currentL1())
    const { result } = await ask('optimism_syncStatus')
    expect(result).toEqual({
      ...subject.status,
      current_l1: { ...(subject.status['current_l1'] as object), hash: expect.not.stringMatching(hash('c')) },
    })
  })

  it('is of another chain, with other blocks, id and genesis on the same L1', async () => {
    await install(faults.anotherChain(77))
    const { result } = await ask('optimism_syncStatus')
    expect(result).toMatchObject({
      current_l1: subject.status['current_l1'],
      safe_l2: { number: 5, hash: expect.not.stringMatching(hash('5')), l1origin: { hash: hash('1') } },
    })
    expect((await ask('optimism_rollupConfig')).result).toEqual({
      l2_chain_id: 77,
      genesis: { l2: { number: 0, hash: expect.not.stringMatching(hash('7')) } },
    })
  })
})
