import { BlockList, isIP, SocketAddress } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalIp, parseIpRange } from './ip-range.ts'

const family = (ip: string) => (ip.includes(':') ? 'ipv6' : 'ipv4')
const isMapped = (ip: string) => isIP(ip) === 6 && canonicalIp(ip)?.includes(':') === false
const anyIp = fc.oneof(fc.ipV4(), fc.ipV6())

describe('IP addresses', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::', '::'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['::ffff:a01:203', '10.1.2.3'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
  ])('has one spelling for %s', (text, canonical) => {
    expect(canonicalIp(text)).toBe(canonical)
  })

  it.each([
    '',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4.5',
    ':::',
    '1::2::3',
    'fe80::1%eth0',
    '1:2:3:4:5:6:7',
    'localhost',
  ])('is not %j', (text) => {
    expect(canonicalIp(text)).toBeNull()
    expect(isIP(text) === 0 || text.includes('%')).toBe(true)
  })

  it('agrees with the platform on every address', () => {
    fc.assert(
      fc.property(anyIp, (ip) => {
        if (isMapped(ip)) return
        // The platform writes the IPv4-compatible addresses of RFC 4291 with dots; RFC 5952 does not ask for it.
        const platform = new SocketAddress({ address: ip, family: family(ip) }).address
        if (platform.includes(':') && platform.includes('.'))
          expect(canonicalIp(platform)).toBe(canonicalIp(ip))
        else expect(canonicalIp(ip)).toBe(platform)
      }),
    )
  })
})

describe('networks', () => {
  it.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1', '::/129', 'x/8', '/8'])(
    'are not %j',
    (text) => {
      expect(parseIpRange(text)).toBeNull()
    },
  )

  it('hold what the platform says that they hold', () => {
    const near = fc.tuple(anyIp, fc.nat(128), anyIp, fc.boolean()).map(([ip, bits, other, same]) => ({
      ip,
      bits: family(ip) === 'ipv4' ? bits % 33 : bits,
      other: same ? ip : other,
    }))
    fc.assert(
      fc.property(near, ({ ip, bits, other }) => {
        if (isMapped(ip) || isMapped(other) || family(ip) !== family(other)) return
        const list = new BlockList()
        list.addSubnet(ip, bits, family(ip))
        expect(parseIpRange(`${ip}/${bits}`)?.contains(other)).toBe(list.check(other, family(other)))
      }),
    )
  })

  it('hold IPv4 addresses that arrive as IPv6', () => {
    expect(parseIpRange('10.0.0.0/8')?.contains('::ffff:10.9.9.9')).toBe(true)
    expect(parseIpRange('10.0.0.0/8')?.contains('11.0.0.0')).toBe(false)
    expect(parseIpRange('::/0')?.contains('10.0.0.0')).toBe(false)
  })
})
