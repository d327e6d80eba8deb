import { type Hex, serializeTransaction } from 'viem'

const word = (value: number) => `0x${value.toString(16).padStart(64, '0')}` as const

/** A well-formed EIP-1559 transaction of that chain, different for each nonce; its signature recovers to somebody. */
export function testTransaction(nonce: number, chainId = 901, dataLength = 0): Hex {
  return serializeTransaction(
    {
      type: 'eip1559',
      chainId,
      nonce,
      gas: 21_000n,
      maxFeePerGas: 2_000_000_000n,
      maxPriorityFeePerGas: 1n,
      to: `0x${(nonce % 250).toString(16).padStart(40, 'c')}`,
      value: BigInt(nonce),
      data: `0x${'5a'.repeat(dataLength)}`,
    },
    { r: word(1 + nonce), s: word(2 + nonce), yParity: (nonce % 2) as 0 | 1 },
  )
}
