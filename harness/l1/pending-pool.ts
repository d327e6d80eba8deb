import type { Hash } from 'viem'
import type { AnvilClient, PooledTransaction } from './anvil-client.ts'

/**
 * Runs `change` while the pool holds exactly `keep`, then hands the others back: to the pool of whatever chain there is
 * by then.
 *
 * anvil drops the successors of a transaction together with it, so nothing is dropped one by one: everything is read
 * first, the pool is emptied, and what shall be mined is sent again. When `change` fails, `keep` goes back as well.
 *
 * @throws before anything is dropped: when one of `keep` is not pending, cannot be mined without another of its sender's
 * that is left out, or when a transaction of the pool cannot be read.
 */
export async function withOnly<T>(
  anvil: AnvilClient,
  keep: readonly Hash[],
  change: () => Promise<T>,
): Promise<T> {
  const pool = await anvil.pool()
  const kept = pool.filter(({ hash }) => keep.includes(hash))
  const held = pool.filter(({ hash }) => !keep.includes(hash))
  checkKept(keep, kept, held)
  if (pool.length > 0) await anvil.dropAll()
  let mined = false
  try {
    await anvil.resubmit(kept.map(({ raw }) => raw))
    const result = await change()
    mined = true
    return result
  } finally {
    await anvil.resubmit([...(mined ? [] : kept), ...held].map(({ raw }) => raw))
  }
}

function checkKept(
  keep: readonly Hash[],
  kept: readonly PooledTransaction[],
  held: readonly PooledTransaction[],
): void {
  const missing = keep.filter((hash) => !kept.some((transaction) => transaction.hash === hash))
  if (missing.length > 0)
    throw new Error(`expected these transactions to be pending on L1: ${missing.join(', ')}`)
  for (const { hash, sender, nonce } of kept) {
    const before = held.find((other) => other.sender === sender && other.nonce < nonce)
    if (before !== undefined)
      throw new Error(
        `L1 cannot mine only ${hash}: its sender ${sender} has ${before.hash} pending before it (nonce ${before.nonce}, then ${nonce}); mine both, or that one first`,
      )
  }
}
