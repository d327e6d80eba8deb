/**
 * A program of its own, so that its memory is not the runner's: sends transfers to an engine at an even rate until it is
 * ended. Arguments: the engine's URL, the chain id, transfers per second.
 */
import { randomInt } from 'node:crypto'
import { type Address, pad, toHex } from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { deriveAccounts } from '../../harness/genesis/accounts.ts'
import { createHttpRpcClient } from '../../node/json-rpc/http-client.ts'

const [url, chainId, perSecond] = process.argv.slice(2)
if (url === undefined) throw new Error('expected the URL of an engine, found nothing')

/** So many accounts are paid to: a state that grows without end would say nothing about what is kept of old ones. */
const recipients = 1_000
/** A sender that has so many transfers waiting is not heard: the chain stands, or it was reorganised. */
const waitingMax = 64
const rpc = createHttpRpcClient({ url, timeoutMs: 5_000 })

interface Sender {
  readonly account: PrivateKeyAccount
  nonce: number
  /** Counted up to here by the engine, when it was asked last. */
  confirmed: number
  sent: number
}

const nonceOf = async ({ address }: PrivateKeyAccount, at: 'latest' | 'pending') =>
  Number(await rpc.request('eth_getTransactionCount', [address, at]))

async function send(sender: Sender): Promise<void> {
  // Asked now and then: a reorg takes nonces back, and an engine that was killed has lost its pool.
  if (sender.sent++ % 16 === 0) {
    sender.confirmed = await nonceOf(sender.account, 'latest')
    sender.nonce = Math.max(sender.confirmed, await nonceOf(sender.account, 'pending'))
  }
  if (sender.nonce - sender.confirmed >= waitingMax) return
  const to = pad(toHex(0x50a000 + randomInt(recipients)), { size: 20 }) as Address
  const raw = await sender.account.signTransaction({
    type: 'eip1559',
    chainId: Number(chainId),
    nonce: sender.nonce++,
    to,
    value: 1n,
    gas: 21_000n,
    maxFeePerGas: 10_000_000_000n,
    maxPriorityFeePerGas: 1n,
  })
  await rpc.request('eth_sendRawTransaction', [raw])
}

const senders = deriveAccounts().users.map(
  ({ privateKey }): Sender => ({
    account: privateKeyToAccount(privateKey),
    nonce: 0,
    confirmed: 0,
    sent: 0,
  }),
)
// With whoever started it: no load outlives its run.
process.on('disconnect', () => process.exit(0))
let turn = 0
setInterval(() => {
  const sender = senders[turn++ % senders.length]!
  send(sender).catch(() => {
    // A fault that is on, or a nonce that a reorg took back: it is asked for again.
    sender.sent = 0
  })
}, 1_000 / Number(perSecond))
