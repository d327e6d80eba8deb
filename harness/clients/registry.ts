import { didYouMean } from '../../node/config/flags-nearest.ts'
import { anvil } from './anvil.ts'
import type { AnyClient, ClClient, ElClient, L1Client, Slot } from './client.ts'
import { embeddedEl } from './embedded-el.ts'
import { konaNode } from './kona-node.ts'
import { lockstepNode } from './lockstep-node.ts'
import { opGeth } from './op-geth.ts'
import { opNode } from './op-node.ts'
import { opReth } from './op-reth.ts'
import { programCl, programEl } from './program.ts'

/** The kinds of client that the slots of a topology may name. */
export interface ClientRegistry {
  /** @throws UnknownClientError with the nearest kind, and how to define one. */
  cl(kind: string): ClClient
  el(kind: string): ElClient
  l1(kind: string): L1Client
  kinds(slot: Slot): readonly string[]
}

/** A topology, flag or variable names a kind that nobody defined. */
export class UnknownClientError extends Error {
  override readonly name = 'UnknownClientError'
}

/** Two clients want one name. */
export class DuplicateClientError extends Error {
  override readonly name = 'DuplicateClientError'
}

/** The clients that every devstack knows. */
export const builtInClients: readonly AnyClient[] = [
  lockstepNode,
  opNode,
  konaNode,
  programCl,
  embeddedEl,
  opGeth,
  opReth,
  programEl,
  anvil,
]

const slotNames: Readonly<Record<Slot, string>> = {
  cl: 'consensus node',
  el: 'execution engine',
  l1: 'L1 client',
}

/**
 * A registry of the built-in clients and those that a user defined. A user's client may not replace a built-in one.
 * @throws DuplicateClientError.
 */
export function createClientRegistry(defined: readonly AnyClient[] = []): ClientRegistry {
  const clients = new Map<string, AnyClient>()
  const key = (slot: Slot, kind: string) => `${slot}/${kind}`
  for (const client of [...builtInClients, ...defined]) {
    const name = key(client.slot, client.kind)
    if (clients.has(name))
      throw new DuplicateClientError(
        `there is a ${slotNames[client.slot]} ${client.kind} already; give yours another kind`,
      )
    clients.set(name, client)
  }
  const kinds = (slot: Slot) =>
    [...clients.values()].filter((client) => client.slot === slot).map(({ kind }) => kind)

  function find(slot: Slot, kind: string): AnyClient {
    const found = clients.get(key(slot, kind))
    if (found !== undefined) return found
    throw new UnknownClientError(
      `unknown kind of ${slotNames[slot]} ${JSON.stringify(kind)}${didYouMean(kind, kinds(slot)) || '.'} There are ${kinds(slot).join(', ')}; one of your own comes from a file with defineClient, given by LOCKSTEP_CLIENTS=FILE (docs/clients.md)`,
    )
  }
  return {
    // The slot is part of the key.
    cl: (kind) => find('cl', kind) as ClClient,
    el: (kind) => find('el', kind) as ElClient,
    l1: (kind) => find('l1', kind) as L1Client,
    kinds,
  }
}
