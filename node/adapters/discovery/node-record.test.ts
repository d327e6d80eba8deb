import { SignableENR } from '@chainsafe/enr'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeOpstackEntry, encodeOpstackEntry } from '../../network/opstack-entry.ts'
import { parseEnode } from './enode.ts'
import { parseNodeRecord, toNodeRecord } from './node-record.ts'

/** A bootnode of Base, and one of OP Mainnet, as their operators publish them. */
const base =
  'enr:-J24QNz9lbrKbN4iSmmjtnr7SjUMk4zB7f1krHZcTZx-JRKZd0kA2gjufUROD6T3sOWDVDnFJRvqBBo62zuF-hYCohOGAYiOoEyEgmlkgnY0gmlwhAPniryHb3BzdGFja4OFQgCJc2VjcDI1NmsxoQKNVFlCxh_B-716tTs-h1vMzZkSs1FTu_OYTNjgufplG4N0Y3CCJAaDdWRwgiQG'
const optimism =
  'enode://869d07b5932f17e8490990f75a3f94195e9504ddb6b85f7189e5a9c0a8fff8b00aecf6f3ac450ecba6cdabdb5858788a94bde2b613e0f2d82e9b395355f76d1a@34.65.67.101:30305'
const key = new Uint8Array(32).fill(7)

describe('node records', () => {
  it('are read as others write them', () => {
    const record = parseNodeRecord(base)
    if (record === null) throw new Error('expected a record')
    expect(toNodeRecord(record)).toMatchObject({ text: base, ip: '3.231.138.188', tcpPort: 9222 })
    expect(decodeOpstackEntry(toNodeRecord(record)?.opstack as Uint8Array)).toEqual({
      chainId: 8453n,
      version: 0n,
    })
  })

  it('are written as they are read', () => {
    const record = SignableENR.createV4(key, { opstack: encodeOpstackEntry({ chainId: 8453n, version: 0n }) })
    record.ip = '3.231.138.188'
    record.tcp = 9222
    const bytes = Buffer.from(record.encode()).toString('hex')
    // The RLP of key and value, as in the record above.
    expect(bytes).toContain('876f70737461636b83854200')
    expect(Buffer.from(parseNodeRecord(base)?.encode() ?? []).toString('hex')).toContain(
      '876f70737461636b83854200',
    )
    expect(toNodeRecord(record)?.peerId).toBe(parseNodeRecord(record.encodeTxt())?.peerId.toString())
  })

  it.each([
    '',
    'enr:',
    'enr:-',
    'enr:AAAA',
    base.slice(4),
    `${base.slice(0, -2)}AA`,
    base.slice(0, -20),
    optimism,
  ])('are not %j', (text) => {
    expect(parseNodeRecord(text)).toBeNull()
  })

  it('with any signed values are refused or make sense', () => {
    const value = fc.uint8Array({ maxLength: 20 })
    const values = fc.record(
      { ip: value, tcp: value, udp: value, ip6: value, tcp6: value, opstack: value },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(values, (kvs) => {
        const record = SignableENR.createV4(key, kvs as Record<string, Uint8Array>)
        const parsed = parseNodeRecord(record.encodeTxt())
        const read = parsed === null ? null : toNodeRecord(parsed)
        if (read === null) return
        expect(read.tcpPort).toBeGreaterThanOrEqual(0)
        expect(read.tcpPort).toBeLessThan(65_536)
        expect(read.ip).toMatch(/^[0-9a-f.:]+$/)
      }),
      { numRuns: 50 },
    )
  })

  it('with any changed byte are refused', () => {
    const bytes = Buffer.from(base.slice(4), 'base64url')
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (index, change) => {
        const changed = Buffer.from(bytes)
        changed[index] = (changed[index] as number) ^ change
        expect(parseNodeRecord(`enr:${changed.toString('base64url')}`)).toBeNull()
      }),
      { numRuns: 50 },
    )
  })
})

describe('enodes', () => {
  it('say who and where', () => {
    expect(parseEnode(optimism)).toEqual({
      peerId: expect.stringMatching(/^16Uiu2HA/),
      ip: '34.65.67.101',
      udpPort: 30305,
    })
    expect(parseEnode(`${optimism}?discport=9`)?.udpPort).toBe(9)
    expect(parseEnode(optimism.replace('34.65.67.101', '[2001:db8::1]'))?.ip).toBe('2001:db8::1')
  })

  it.each([
    base,
    optimism.replace('@', ''),
    optimism.replace('34.65.67.101', 'localhost'),
    optimism.replace('30305', '0'),
    optimism.replace('30305', '70000'),
    `enode://${'ab'.repeat(64)}@127.0.0.1:1`,
  ])('are not %j', (text) => {
    expect(parseEnode(text)).toBeNull()
  })
})
