import { z } from 'zod'
import type { AnyClient, ClClient, ElClient } from './client.ts'

/** A client's definition is not one. */
export class ClientDefinitionError extends Error {
  override readonly name = 'ClientDefinitionError'
}

const capabilities = [
  'metrics',
  'admin',
  'gossip-control',
  'safe-head-db',
  'el-sync',
  'recover-mode',
  'clock-offset',
  'reasons',
] as const
const roles = ['sequencer', 'reference', 'follower'] as const

const aFunction = z.custom<(...parameters: never[]) => unknown>(
  (value) => typeof value === 'function',
  'expected a function',
)
const kindSchema = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'expected lower-case words joined by hyphens, such as my-node')
const periodMs = z.int().positive().optional()

const common = {
  kind: kindSchema,
  program: z.discriminatedUnion('from', [
    z.strictObject({ from: z.literal('project'), command: aFunction }),
    z.strictObject({ from: z.literal('user'), executable: z.string().min(1).nullable() }),
  ]),
  prepare: aFunction.optional(),
  launch: aFunction,
  readyMethod: z.string().min(1),
}

const schema = z.discriminatedUnion('slot', [
  z.strictObject({ slot: z.literal('el'), ...common }),
  z.strictObject({ slot: z.literal('l1'), ...common }),
  z.strictObject({
    slot: z.literal('cl'),
    ...common,
    startsAfter: z.array(z.literal('engine')),
    peering: z.enum(['static', 'connect']),
    capabilities: z.set(z.enum(capabilities)),
    deviations: z.array(
      z.strictObject({
        what: z.string().min(1),
        link: z.string().min(1),
        roles: z.array(z.enum(roles)).optional(),
        scenarios: z.array(z.string().min(1)),
        invariants: z.array(z.string().min(1)).optional(),
      }),
    ),
    metrics: z.strictObject({ prefix: z.string(), names: z.record(z.string(), z.string()) }).nullable(),
    polls: z.strictObject({ l1HeadMs: periodMs, l1FinalizedMs: periodMs, followSourceMs: periodMs }),
  }),
])

/** What a user must say of a consensus node: the rest has the defaults of a client that nothing is known of. */
export type ClClientDefinition = Pick<ClClient, 'slot' | 'kind' | 'launch'> & Partial<ClClient>
export type ElClientDefinition = Pick<ElClient, 'slot' | 'kind' | 'launch'> & Partial<ElClient>

const clDefaults = {
  program: { from: 'user', executable: null },
  readyMethod: 'optimism_version',
  startsAfter: ['engine'],
  peering: 'connect',
  capabilities: new Set<never>(),
  deviations: [],
  metrics: null,
  polls: {},
} as const satisfies Partial<ClClient>

const elDefaults = {
  program: { from: 'user', executable: null },
  readyMethod: 'eth_chainId',
} as const satisfies Partial<ElClient>

/**
 * Checks the description of a client, for a file of the user's own (`LOCKSTEP_CLIENTS`).
 * @throws ClientDefinitionError naming each field that is wrong.
 *
 * @example
 * ```ts
 * import { defineClient } from 'lockstep'
 *
 * export const myNode = defineClient({
 *   slot: 'cl',
 *   kind: 'my-node',
 *   launch: (settings, [executable = '', ...leading]) => ({
 *     command: executable,
 *     args: [...leading, '--engine', settings.engineUrl, '--rpc-port', String(settings.rpcPort)],
 *     env: {},
 *   }),
 * })
 * ```
 */
export function defineClient(definition: ClClientDefinition): ClClient
export function defineClient(definition: ElClientDefinition): ElClient
export function defineClient(definition: ClClientDefinition | ElClientDefinition): ClClient | ElClient {
  const client =
    definition.slot === 'cl' ? { ...clDefaults, ...definition } : { ...elDefaults, ...definition }
  const parsed = schema.safeParse(client)
  if (parsed.success) return client
  const kind = typeof definition.kind === 'string' ? definition.kind : '(without a kind)'
  throw new ClientDefinitionError(
    [
      `client ${kind}:`,
      ...parsed.error.issues.map(
        ({ path, message }) => `  ${path.length === 0 ? '' : `${path.join('.')}: `}${message}`,
      ),
    ].join('\n'),
  )
}

/** The clients that a module exports, under whatever names. Other exports are left alone. */
export function clientsOfModule(
  path: string,
  exported: Readonly<Record<string, unknown>>,
): readonly AnyClient[] {
  const clients = Object.values(exported).filter(
    (value): value is AnyClient => schema.safeParse(value).success,
  )
  if (clients.length === 0)
    throw new ClientDefinitionError(
      `${path}: expected an exported client, found ${Object.keys(exported).join(', ') || 'no export'}; write export const myNode = defineClient({…})`,
    )
  return clients
}
