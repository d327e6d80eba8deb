import { z } from 'zod'
import { parseJson } from '../../../node/json-rpc/json.ts'
import type { Fact } from '../../events/event.ts'

/** One GET of a server: its path, and what came. Rejects when nothing came. */
export type HttpGet = (
  path: string,
  signal: AbortSignal,
) => Promise<{ readonly status: number; readonly text: string }>

const decimal = z.string().regex(/^\d{1,20}$/)
/** beacon-APIs, `GET /eth/v1/node/syncing`. */
const syncingSchema = z.object({
  data: z.object({
    ...{ head_slot: decimal, sync_distance: decimal, is_syncing: z.boolean() },
    ...{ is_optimistic: z.boolean().optional(), el_offline: z.boolean().optional() },
  }),
})
/** beacon-APIs, `GET /eth/v1/config/spec`: a beacon that serves blobs alone answers it, and knows nothing of syncing. */
const paths = { syncing: '/eth/v1/node/syncing', spec: '/eth/v1/config/spec' } as const

/**
 * Whether a beacon serves, and what it says of itself: whether it syncs, and whether its engine is away, told when that
 * changes. Throws when it does not answer.
 */
export function beaconPoll(
  name: string,
  get: HttpGet,
  record: (fact: Fact) => void,
): (signal: AbortSignal) => Promise<number> {
  let path: string = paths.syncing
  let told = ''

  return async (signal) => {
    const answer = await get(path, signal)
    if (answer.status === 404 && path === paths.syncing) {
      path = paths.spec
      record({
        ...{ kind: 'note', component: 'recorder' },
        message: `${name} does not offer ${paths.syncing}: only whether it answers is known`,
      })
      return 1
    }
    if (answer.status !== 200) throw new Error(`HTTP ${answer.status}`)
    if (path === paths.spec) return 1
    const read = syncingSchema.safeParse(parseJson(answer.text))
    if (!read.success) throw new Error(`expected ${paths.syncing}: ${z.prettifyError(read.error)}`)
    const { head_slot, sync_distance, ...state } = read.data.data
    const now = JSON.stringify(state)
    if (now === told) return 1
    told = now
    record({
      ...{ kind: 'rpc', link: `recorder→${name}`, methods: [path], outcome: 'ok', durationMs: 0 },
      response: { ...state, headSlot: Number(head_slot), syncDistance: Number(sync_distance) },
    })
    return 1
  }
}
