import type { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import type { Server } from 'node:net'

/**
 * Makes what serves a request belong to whoever opened the server. Node.js begins a request in no context at all: the
 * connection came from outside.
 */
export function enterRequestsOf<Owner>(owner: AsyncLocalStorage<Owner>): void {
  const owners = new WeakMap<Server, Owner>()
  subscribe('tracing:net.server.listen:asyncStart', (message) => {
    const store = owner.getStore()
    if (store !== undefined) owners.set((message as { readonly server: Server }).server, store)
  })
  subscribe('http.server.request.start', (message) => {
    const store = owners.get((message as { readonly server: Server }).server)
    if (store !== undefined) owner.enterWith(store)
  })
}
