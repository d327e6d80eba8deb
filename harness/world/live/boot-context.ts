import type { Clock } from '../../../node/ports/clock.ts'
import type { ChosenClients } from '../../clients/chosen-clients.ts'
import type { EventStream } from '../../events/stream.ts'
import type { ChainParameters } from '../../genesis/chain-parameters.ts'
import type { Link } from '../../links/link.ts'
import type { PeerLink } from '../../links/peer-link.ts'
import type { ComponentError } from '../component-error.ts'
import type { RunDirectory } from '../run-directory.ts'
import type { Topology } from '../topology.ts'
import type { ChainFiles } from './chain-files.ts'
import type { Drivers } from './drivers.ts'
import type { Endpoints } from './endpoints.ts'
import type { PortAllocator } from './ports.ts'
import type { RunRegistry } from './registry.ts'

/** What every component of a system is made with. */
export interface BootContext {
  readonly topology: Topology
  readonly parameters: ChainParameters
  readonly directory: RunDirectory
  readonly registry: RunRegistry
  readonly events: EventStream
  readonly clock: Clock
  readonly drivers: Drivers
  readonly files: ChainFiles
  readonly endpoints: Endpoints
  /** For components that move. */
  readonly ports: PortAllocator
  readonly links: ReadonlyMap<string, Link>
  /** The connections of peers, by `a↔b` in the order of the topology. */
  readonly peerLinks: ReadonlyMap<string, PeerLink>
  readonly clients: ChosenClients
  /** Whether everything runs in containers, L1's client too. */
  readonly inContainers: boolean
  readonly onUnexpectedExit: (error: ComponentError) => void
}

/** A component that takes longer than this to serve has failed. */
export const readyMsMax = 60_000

/** A person starts what is attached. */
export const attachedMsMax = 600_000

/** The gateway's URL that a consumer is given. */
export function linkUrl(context: BootContext, name: string): string {
  const link = context.links.get(name)
  if (link === undefined) throw new Error(`topology ${context.topology.name} has no link ${name}`)
  return link.url
}
