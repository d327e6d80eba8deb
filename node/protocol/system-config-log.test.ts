import fc from 'fast-check'
import type { Hash, Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import type { L1Log, L1Receipt } from '../ports/l1-source.ts'
import { bytesToHex, concatBytes, hexToBytes, uintToBytes } from './bytes.ts'
import { zeroHash } from './refs.ts'
import type { SystemConfig } from './system-config.ts'
import { applySystemConfigLogs, configUpdateTopic, unsafeBlockSignerUpdates } from './system-config-log.ts'
import { testSystemConfig as before, testRollupConfig } from './testing/rollup-config.ts'

const ecotoneTime = 100n
const config = testRollupConfig({ regolith: 0n, canyon: 0n, delta: 0n, ecotone: ecotoneTime })
const contract = config.l1SystemConfigAddress
const word = (value: bigint): Hex => bytesToHex(uintToBytes(value, 32))
const words = (...values: bigint[]): Hex =>
  bytesToHex(concatBytes(values.map((value) => uintToBytes(value, 32))))
const address = `0x${'a7'.repeat(20)}` as const
const addressValue = BigInt(address)

function update(kind: bigint, payload: Hex): L1Log {
  const content = hexToBytes(payload)
  const data = concatBytes([hexToBytes(words(32n, BigInt(content.length))), content])
  return {
    address: contract,
    topics: [configUpdateTopic, zeroHash, word(kind)],
    data: bytesToHex(data),
    logIndex: 4,
  }
}

const receipt = (logs: readonly L1Log[], status: L1Receipt['status'] = 'success'): L1Receipt => ({
  transactionHash: zeroHash as Hash,
  status,
  logs,
})

function apply(logs: readonly L1Log[], time = ecotoneTime) {
  const ignored: string[] = []
  const result = applySystemConfigLogs(before, config, [receipt(logs)], time, (message) =>
    ignored.push(message),
  )
  return { result, ignored }
}

const version1Scalar = `0x01${'00'.repeat(23)}0000000500000007` as const
const badScalar = `0x02${'00'.repeat(31)}` as const

describe('system config updates', () => {
  // system-config.md and the system-config.md of Holocene, Isthmus and Jovian: one row per kind.
  it.each([
    { name: 'batcher', kind: 0n, payload: words(addressValue), change: { batcherAddr: address } },
    {
      name: 'gas config before Ecotone',
      kind: 1n,
      payload: words(9n, 10n),
      time: 99n,
      change: { overhead: word(9n), scalar: word(10n) },
    },
    {
      name: 'fee scalars of version 1 clear the overhead',
      kind: 1n,
      payload: words(9n, BigInt(version1Scalar)),
      change: { overhead: zeroHash, scalar: version1Scalar },
    },
    {
      name: 'fee scalars of version 0',
      kind: 1n,
      payload: words(9n, 10n),
      change: { overhead: zeroHash, scalar: word(10n) },
    },
    {
      name: 'fee scalars of an unknown version',
      kind: 1n,
      payload: words(9n, BigInt(badScalar)),
      change: {},
    },
    { name: 'fee scalars with padding set', kind: 1n, payload: words(9n, 1n << 32n), change: {} },
    {
      name: 'any scalar before Ecotone',
      kind: 1n,
      payload: words(0n, BigInt(badScalar)),
      time: 99n,
      change: { overhead: zeroHash, scalar: badScalar },
    },
    { name: 'gas limit', kind: 2n, payload: words((1n << 64n) - 1n), change: { gasLimit: (1n << 64n) - 1n } },
    { name: 'unsafe block signer', kind: 3n, payload: words(addressValue), change: {} },
    {
      name: 'EIP-1559 parameters',
      kind: 4n,
      payload: words((250n << 32n) | 6n),
      change: { eip1559Params: '0x000000fa00000006' as const },
    },
    {
      name: 'EIP-1559 parameters unset',
      kind: 4n,
      payload: words(0n),
      change: { eip1559Params: '0x0000000000000000' as const },
    },
    {
      name: 'operator fee',
      kind: 5n,
      payload: words((3n << 64n) | 4n),
      change: { operatorFeeParams: word((3n << 64n) | 4n) },
    },
    { name: 'minimum base fee', kind: 6n, payload: words(1_000_000n), change: { minBaseFee: 1_000_000n } },
    {
      name: 'DA footprint gas scalar',
      kind: 7n,
      payload: words(0xffffn),
      change: { daFootprintGasScalar: 0xffff },
    },
  ] satisfies { name: string; kind: bigint; payload: Hex; time?: bigint; change: Partial<SystemConfig> }[])(
    '$name',
    ({ kind, payload, change, ...rest }) => {
      const time = 'time' in rest ? rest.time : ecotoneTime
      expect(apply([update(kind, payload)], time)).toEqual({ result: { ...before, ...change }, ignored: [] })
    },
  )

  const gasLimit = update(2n, words(5n))
  const withData = (data: Hex): L1Log => ({ ...gasLimit, data })

  // op-node applies each update on its own and ignores what it cannot read.
  it.each([
    ['two topics', { ...gasLimit, topics: gasLimit.topics.slice(0, 2) }, '3 topics'],
    ['four topics', { ...gasLimit, topics: [...gasLimit.topics, zeroHash] }, '3 topics'],
    ['version 1', { ...gasLimit, topics: gasLimit.topics.with(1, word(1n)) }, 'version 0'],
    ['kind 8', update(8n, words(0n)), 'kind from 0 to 7'],
    ['a kind that is 2 in its low bits', update(2n + (1n << 64n), words(0n)), 'kind from 0 to 7'],
    ['no data', withData('0x'), '96 bytes'],
    ['data that ends early', withData(words(32n, 32n)), '96 bytes'],
    ['data left over', withData(words(32n, 32n, 5n, 0n)), '96 bytes'],
    ['another offset', withData(words(64n, 32n, 5n)), 'at offset 32'],
    ['another length', withData(words(32n, 31n, 5n)), '32 bytes, found length 31'],
    ['one word for two', update(1n, words(5n)), '128 bytes'],
    ['a gas limit above uint64', update(2n, words(1n << 64n)), '64 bits'],
    ['a batcher with padding set', update(0n, words(addressValue | (1n << 160n))), 'an address'],
    ['a batcher with its highest byte set', update(0n, words(addressValue | (1n << 248n))), 'an address'],
    ['elasticity without a denominator', update(4n, words(6n)), 'denominator above 0'],
    ['a minimum base fee above uint64', update(6n, words(1n << 64n)), '64 bits'],
    ['a DA scalar above uint16', update(7n, words(0x10000n)), '16 bits'],
  ] satisfies [string, L1Log, string][])('ignores %s and applies the rest', (_name, malformed, message) => {
    const { result, ignored } = apply([malformed, update(0n, words(addressValue))])
    expect(result).toEqual({ ...before, batcherAddr: address })
    expect(ignored).toHaveLength(1)
    expect(ignored[0]).toContain('log 4')
    expect(ignored[0]).toContain(message)
  })

  it.each([
    ['of reverted transactions', [receipt([gasLimit], 'reverted')]],
    ['of other contracts', [receipt([{ ...gasLimit, address }])]],
    ['of other events', [receipt([{ ...gasLimit, topics: gasLimit.topics.with(0, zeroHash) }])]],
  ])('does not look at logs %s', (_name, receipts) => {
    expect(applySystemConfigLogs(before, config, receipts, 0n)).toBe(before)
  })

  it('applies updates in order', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), { minLength: 1 }), (limits) => {
        const { result } = apply(limits.map((limit) => update(2n, words(limit))))
        expect(result.gasLimit).toBe(limits.at(-1))
      }),
    )
  })
})

describe('unsafe block signer', () => {
  it('lists signers in order and nothing else', () => {
    const other = `0x${'b8'.repeat(20)}` as const
    const logs = [
      update(3n, words(addressValue)),
      update(0n, words(5n)),
      update(3n, words(1n << 200n)), // malformed
      update(3n, words(BigInt(other))),
    ]
    expect(unsafeBlockSignerUpdates([receipt(logs)], contract)).toEqual([address, other])
  })
})
