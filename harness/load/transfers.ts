import { privateKeyToAccount } from 'viem/accounts'
import type { Account } from '../genesis/accounts.ts'
import type { RpcHandle, World } from '../world/world.ts'

/** A steady load of plain transfers on L2. */
export interface Transfers {
  /** How many the engine has taken. */
  readonly sent: number
  /** How many it refused, and why the last time. */
  readonly refused: number
  readonly lastRefusal: string | null
  /** Resolves when nothing is sent any more. */
  stop(): Promise<void>
}

export interface TransfersOptions {
  readonly world: Pick<World, 'accounts' | 'clock' | 'parameters' | 'failed'>
  /** Of the engine that takes them. */
  readonly rpc: RpcHandle
  readonly perSecond: number
}

export const transfersPerSecondMax = 200

/** Transfers are signed and sent in bursts, so that a high rate needs no timer of a millisecond. */
const periodMs = 100
const transferGas = 21_000n
/** Far above what any load makes of the base fee of a devstack. */
const maxFeePerGas = 100_000_000_000n

interface Sender {
  readonly account: Account
  /** Null: the engine must say it. */
  nonce: bigint | null
}

/**
 * Sends transfers of one wei, round the accounts of the users. A refused one does not end it: the engine is asked for the
 * nonce again, as after a restart that emptied its pool.
 */
export function startTransfers({ world, rpc, perSecond }: TransfersOptions): Transfers {
  const { clock, accounts, parameters } = world
  const ended = new AbortController()
  const signal = AbortSignal.any([ended.signal, world.failed])
  const senders = accounts.users.map((account): Sender => ({ account, nonce: null }))
  let [sent, refused, next] = [0, 0, 0]
  let lastRefusal: string | null = null

  async function send(sender: Sender): Promise<void> {
    const { account } = sender
    try {
      sender.nonce ??= BigInt(
        String(await rpc.request('eth_getTransactionCount', [account.address, 'pending'], signal)),
      )
      const raw = await privateKeyToAccount(account.privateKey).signTransaction({
        type: 'eip1559',
        chainId: parameters.l2ChainId,
        nonce: Number(sender.nonce),
        to: account.address,
        value: 1n,
        gas: transferGas,
        maxFeePerGas,
        maxPriorityFeePerGas: 1n,
      })
      await rpc.request('eth_sendRawTransaction', [raw], signal)
      sender.nonce++
      sent++
    } catch (error) {
      if (signal.aborted) return
      refused++
      lastRefusal = error instanceof Error ? error.message : String(error)
      sender.nonce = null
    }
  }

  async function run(): Promise<void> {
    const startMs = clock.nowMs()
    let due = 0
    for (;;) {
      // Counted from the start: a slow burst is made up for, by at most one second's worth.
      const wanted = ((clock.nowMs() - startMs) / 1000) * perSecond
      due = Math.max(due, Math.floor(wanted - perSecond))
      for (; due < wanted && !signal.aborted; due++) {
        await send(senders[next]!)
        next = (next + 1) % senders.length
      }
      await clock.sleep(periodMs, signal)
    }
  }
  const done = run().catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
  return {
    get sent() {
      return sent
    },
    get refused() {
      return refused
    },
    get lastRefusal() {
      return lastRefusal
    },
    async stop() {
      ended.abort()
      await done
    },
  }
}
