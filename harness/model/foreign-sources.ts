import type { WorldEvent } from '../events/event.ts'
import { consumerOf } from '../events/traffic-role.ts'

/** For so long a source is taken to serve the chain that it named (follow-mode.md, step 3). */
const namedMs = 60_000
/**
 * For so long a source that could not be asked for its chain is not asked again (follow-mode.md, step 3): it is followed
 * meanwhile.
 */
const silentMs = namedMs
/** For so long a status may be under way that it told before: the poll's deadline, and that of asking which chain it serves. */
const underWayMs = 4_000

/**
 * Followers that cannot know that their source is of another chain: it named the right one less than a minute ago and has
 * answered ever since, or it is of another only now and then: by chance, or because another fault answers some of the calls.
 * Nor can they where it tells its status alone, unless it has named the other chain before.
 * A block or two of that chain may be taken for the next ones.
 */
export interface ForeignSources {
  add(event: WorldEvent): void
  /** Whether the follower may take its source for what it was, at that time in milliseconds. */
  isUnknown(follower: string, nowMs: number): boolean
  /**
   * The number of a block that it was told by a source which has been of another chain in every answer since: had it asked,
   * as it must before it replaces its head, it would know. Undefined for any other block.
   */
  unasked(follower: string, hash: string): number | undefined
}

interface Foreign {
  readonly point: string
  readonly follower: string
  readonly sinceMs: number
  /** Not in every answer. */
  changes: boolean
  /** It was told, or had reason to ask again. */
  isKnown: boolean
  /** There was a time when it could not be asked for its chain, although it told its status. */
  isSilent: boolean
  /** The process that follows it was told by the source itself: no silence makes it ours again. */
  isNamed: boolean
  /** Null while it is of another chain. */
  endedMs: number | null
  /**
   * When the follower first heard of it after that. Null until then: what it was told before may wait for an engine that
   * does not answer.
   */
  heardMs: number | null
  /** Numbers of the blocks that it was told of it, by hash. */
  readonly told: Map<string, number>
}

export function createForeignSources(): ForeignSources {
  const standing = new Map<number, Foreign>()
  /** Every fault that stands on a link, by its id. */
  const points = new Map<number, { readonly point: string; readonly silences: boolean }>()
  /** When a link last had something else done to it. */
  const disturbedMs = new Map<string, number>()

  const install = ({ id, point, json, t }: Extract<WorldEvent, { kind: 'fault' }>) => {
    const others = [...points.values()].filter((one) => one.point === point)
    const silences = silencesChain({ json })
    points.set(id, { point, silences })
    for (const foreign of standing.values()) {
      if (foreign.point !== point || foreign.endedMs !== null) continue
      if (silences) foreign.isSilent = true
      else foreign.changes = true
    }
    if (!isForeign({ json })) return
    const changes = others.some((one) => !one.silences) || json?.['when'] !== undefined
    standing.set(id, {
      ...{ point, follower: consumerOf(point), sinceMs: t, changes, isSilent: others.length > 0 },
      ...{ isKnown: false, isNamed: false, endedMs: null, heardMs: null, told: new Map() },
    })
  }

  const learn = (follower: string | undefined) => {
    for (const foreign of standing.values()) if (foreign.follower === follower) foreign.isKnown = true
  }

  const hear = ({ follower, heads, durationMs, t }: Extract<WorldEvent, { kind: 'source' }>) => {
    for (const foreign of standing.values()) {
      if (foreign.follower !== follower) continue
      if (foreign.endedMs !== null) foreign.heardMs ??= t
      const isQuiet =
        (disturbedMs.get(foreign.point) ?? Number.NEGATIVE_INFINITY) < foreign.sinceMs - silentMs
      if (heads !== undefined && isQuiet && t - durationMs >= foreign.sinceMs)
        foreign.told.set(heads.localSafe.hash, heads.localSafe.number)
    }
  }

  return {
    add(event) {
      if (event.kind === 'fault' && standing.get(event.id) === undefined && !isForeign(event))
        disturbedMs.set(event.point, event.t)
      if (event.kind === 'fault' && event.action === 'remove') {
        points.delete(event.id)
        const ended = standing.get(event.id)
        if (ended !== undefined) ended.endedMs = event.t
      } else if (event.kind === 'fault' && event.action === 'install') install(event)
      else if (event.kind === 'reach' && event.mark === 'error_identity') {
        learn(event.node)
        for (const foreign of standing.values()) if (foreign.follower === event.node) foreign.isNamed = true
      } else if (event.kind === 'component' && event.action === 'start') {
        for (const foreign of standing.values())
          if (foreign.follower === event.component) foreign.isNamed = false
      }
      // What comes after a failed answer may come from another process.
      else if (event.kind === 'source' && event.outcome !== 'ok') learn(event.follower)
      else if (event.kind === 'source') hear(event)
    },
    isUnknown: (follower, nowMs) =>
      [...standing.values()].some(
        (foreign) =>
          foreign.follower === follower &&
          (foreign.heardMs === null || nowMs - foreign.heardMs < underWayMs) &&
          (foreign.changes ||
            (foreign.isSilent ? !foreign.isNamed : !foreign.isKnown && nowMs - foreign.sinceMs < namedMs)),
      ),
    unasked(follower, hash) {
      for (const { follower: who, changes, isSilent, endedMs, told } of standing.values())
        if (who === follower && !changes && !isSilent && endedMs === null && told.has(hash))
          return told.get(hash)
      return undefined
    },
  }
}

const isForeign = ({ json }: Pick<Extract<WorldEvent, { kind: 'fault' }>, 'json'>) =>
  json?.['fault'] === 'anotherChain'

/** Faults that leave a question without any answer; another one may give the right chain, or that none is told. */
const unanswered = ['hang', 'drop', 'refuse', 'reset', 'status']

/** Whether it keeps the source from telling its chain, and from nothing else. */
const silencesChain = ({ json }: Pick<Extract<WorldEvent, { kind: 'fault' }>, 'json'>): boolean => {
  const { fault, when } = json ?? {}
  return (
    unanswered.includes(String(fault)) &&
    Array.isArray(when) &&
    when.some(({ to }: { readonly to?: readonly string[] }) =>
      to?.every((name) => name === 'optimism_rollupConfig'),
    )
  )
}
