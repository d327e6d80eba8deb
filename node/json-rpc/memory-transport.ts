import { dispatchRpc, type RpcDispatchOptions } from './dispatch.ts'
import type { Transport } from './transport.ts'

/** A server in the same process: every message goes through JSON text, as over a socket, but through no socket. */
export function createMemoryTransport(name: string, options: RpcDispatchOptions): Transport {
  return {
    url: `memory://${name}`,
    async send(body, _bytesMax, signal) {
      signal?.throwIfAborted()
      const text = await dispatchRpc(body, options)
      signal?.throwIfAborted()
      return { status: 200, text: text ?? '' }
    },
  }
}
