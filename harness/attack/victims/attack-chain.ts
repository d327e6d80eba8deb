import { type Hex, parseEther } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { createTestChain, type TestChain } from '../../el/testing/test-el.ts'

/** Each has ether from genesis on, so that one that is passed over does not hold up the others. */
export const senders = Array.from({ length: 64 }, (_, index) =>
  privateKeyToAccount(`0x${(index + 1).toString(16).padStart(64, 'a')}` as Hex),
)

/** Signs the blocks that a victim hears of by gossip. */
export const sequencerKey: Hex = `0x${'01'.repeat(32)}`

/** The chain of every victim, and of the attacker who acts as its consensus layer. */
export async function attackChain(): Promise<TestChain> {
  const chain = await createTestChain('isthmus')
  const genesis = chain.genesisJson as { readonly alloc: Readonly<Record<string, unknown>> }
  const balance = `0x${parseEther('1000').toString(16)}`
  const rich = senders.map(({ address }) => [address.toLowerCase().slice(2), { balance }])
  return { ...chain, genesisJson: { ...genesis, alloc: { ...genesis.alloc, ...Object.fromEntries(rich) } } }
}
