import type { Multiaddr } from '@multiformats/multiaddr'
import { canonicalIp } from '../../network/ip-range.ts'

/** The IP address that a multiaddr begins with; null for names and everything else. */
export function multiaddrIp(address: Multiaddr): string | null {
  const first = address.getComponents()[0]
  return first !== undefined && (first.name === 'ip4' || first.name === 'ip6')
    ? canonicalIp(first.value ?? '')
    : null
}
