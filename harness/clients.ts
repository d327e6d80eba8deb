/**
 * How a client of your own is described: `lockstep/clients`. It loads nothing else of the harness.
 * @module
 */

export type { ClClient, ClSettings, ElClient, ElSettings, Launch } from './clients/client.ts'
export {
  type ClClientDefinition,
  ClientDefinitionError,
  defineClient,
  type ElClientDefinition,
} from './clients/define-client.ts'
