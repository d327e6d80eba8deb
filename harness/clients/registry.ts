import type { ClKind, ElKind } from '../world/topology.ts'
import type { ClClient, ElClient } from './client.ts'
import { embeddedEl } from './embedded-el.ts'
import { lockstepNode } from './lockstep-node.ts'

/** The program behind each kind that a topology may name. */
export const elClients: Readonly<Record<ElKind, ElClient>> = { 'embedded-el': embeddedEl }
export const clClients: Readonly<Record<ClKind, ClClient>> = { 'lockstep-node': lockstepNode }
