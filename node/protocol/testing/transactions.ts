import fc from 'fast-check'
import type { Hex } from 'viem'
import { bytesToHex, concatBytes, hexToBytes } from '../bytes.ts'
import { rlpList, rlpString, rlpUint } from '../rlp-writer.ts'
import { address, bytes, hash, uint64, uint256 } from './arbitraries.ts'

/** EIP-2718 encodings of every type that a batch may carry, with signatures that need not be valid. */
export function signedTransaction(chainId: bigint): fc.Arbitrary<Hex> {
  const to = fc.option(address, { nil: null })
  const accessList = fc.array(fc.tuple(address, fc.array(hash, { maxLength: 2 })), { maxLength: 2 })
  const authorizations = fc.array(fc.tuple(uint256, address, uint64, fc.boolean(), uint256, uint256), {
    maxLength: 2,
  })
  const parts = fc.record({
    type: fc.constantFrom('legacy', 'unprotected', 1, 2, 4),
    nonce: uint64,
    prices: fc.tuple(uint256, uint256),
    gas: uint64,
    to,
    setCodeTo: address,
    value: uint256,
    input: bytes(80),
    accessList,
    authorizations,
    yParity: fc.boolean(),
    r: uint256,
    s: uint256,
  })
  return parts.map((part) => {
    const { type, accessList: list, authorizations: tuples } = part
    const parity = part.yParity ? 1n : 0n
    const recipient = type === 4 ? part.setCodeTo : part.to
    const nonce = rlpUint(part.nonce)
    const [price, feeCap] = [rlpUint(part.prices[0]), rlpUint(part.prices[1])]
    const tail = (v: bigint) => [rlpUint(v), rlpUint(part.r), rlpUint(part.s)]
    const call = [
      rlpUint(part.gas),
      rlpString(recipient === null ? new Uint8Array() : hexToBytes(recipient)),
      rlpUint(part.value),
      rlpString(part.input),
    ]
    const accesses = rlpList(
      list.map(([account, keys]) =>
        rlpList([rlpString(hexToBytes(account)), rlpList(keys.map((key) => rlpString(hexToBytes(key))))]),
      ),
    )
    const authorized = rlpList(
      tuples.map(([chain, account, sequence, odd, r, s]) =>
        rlpList([
          rlpUint(chain),
          rlpString(hexToBytes(account)),
          rlpUint(sequence),
          rlpUint(odd ? 1n : 0n),
          rlpUint(r),
          rlpUint(s),
        ]),
      ),
    )
    if (typeof type === 'string') {
      const v = type === 'unprotected' ? 27n + parity : chainId * 2n + 35n + parity
      return bytesToHex(rlpList([nonce, price, ...call, ...tail(v)]))
    }
    const prices = type === 1 ? [price] : [price, feeCap]
    const lists = type === 4 ? [accesses, authorized] : [accesses]
    const body = rlpList([rlpUint(chainId), nonce, ...prices, ...call, ...lists, ...tail(parity)])
    return bytesToHex(concatBytes([Uint8Array.of(type), body]))
  })
}
