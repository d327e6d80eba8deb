import { connect, type Socket } from 'node:net'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'

const clock = createSystemClock()
/** Open at a time: each is made anew when it was closed. */
const [openMax, perRound, roundMs] = [500, 10, 20]
/** A limit per address holds those up who share it, which a newcomer does not. */
const otherAddress = '127.0.0.2'

/** TCP connections from another address that are held open and never say a word. It ends them when it is disposed. */
export function startSilence(address: string): AsyncDisposable & { readonly begun: number } {
  const [, host, port] = /\/ip4\/([\d.]+)\/tcp\/(\d+)/.exec(address) ?? []
  if (port === undefined) throw new Error(`expected a TCP address, found ${address}`)
  const over = new AbortController()
  const open = new Set<Socket>()
  let begun = 0
  const begin = () => {
    begun++
    const socket = connect({ host, port: Number(port), localAddress: otherAddress })
    open.add(socket.on('error', () => {}).on('close', () => open.delete(socket)))
  }
  const begins = (async () => {
    while (!over.signal.aborted) {
      for (let count = 0; count < perRound && open.size < openMax; count++) begin()
      await clock.sleep(roundMs, over.signal).catch(() => {})
    }
  })()
  return {
    get begun() {
      return begun
    },
    async [Symbol.asyncDispose]() {
      over.abort()
      await begins
      for (const socket of open) socket.destroy()
    },
  }
}
