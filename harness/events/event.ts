import { z } from 'zod'

/** Written in the first line of every timeline; raised when a reader of the old shape would misread the new one. */
export const timelineVersion = 2

/** A block as the timeline names it. Numbers are JSON integers: no devstack gets near 2^53 blocks. */
const blockSchema = z.object({ number: z.int().nonnegative(), hash: z.string() })
const name = z.string()
const durationMs = z.number().nonnegative()
const count = z.int().nonnegative()

/** A block whose place in its chain is told too. */
const linkedBlockSchema = blockSchema.extend({ parent: z.string().optional() })
/** An L2 head with the L1 block that it takes its deposits from. */
const headSchema = blockSchema.extend({ origin: blockSchema })
/** Only where `LOCKSTEP_EVENT_BODIES` names the link: parsed JSON, or the beginning as text when it is long. */
const bodies = { request: z.unknown().optional(), response: z.unknown().optional() }

/** The heads whose moves are recorded, by the names of the DSL. */
export const headLevels = ['unsafe', 'localSafe', 'crossSafe', 'finalized', 'currentL1', 'headL1'] as const
const levelSchema = z.enum(headLevels)

/** How a call ended, as its consumer saw it: `ok`, `rpc_<code>`, `http_<status>`, or `unreachable`. */
const outcome = z.string()

const runSchemas = [
  /** First line: what this run is. */
  z.object({
    kind: z.literal('run'),
    version: z.literal(timelineVersion),
    runId: name,
    scenario: name,
    topology: name,
    runnerPid: z.int(),
    startedAt: z.string(),
    parameters: z.record(z.string(), z.unknown()),
  }),
  z.object({
    kind: z.literal('component'),
    component: name,
    action: z.enum(['start', 'ready', 'stop', 'kill', 'pause', 'resume', 'wipe', 'exit']),
    pid: z.int().optional(),
    /** Time since the action that this one answers: ready since start, exit since stop. */
    durationMs: durationMs.optional(),
    /** How it ended: an exit code or a signal. */
    reason: z.string().optional(),
    url: z.string().optional(),
  }),
  /** Everything that a scenario starts with runs. */
  z.object({ kind: z.literal('booted'), durationMs }),
  z.object({ kind: z.literal('link'), link: name, url: z.string(), target: z.string() }),
  /** A line that a component logged, with its level where it says one. */
  z.object({
    kind: z.literal('log'),
    component: name,
    level: z.enum(['debug', 'info', 'warn', 'error']),
    message: z.string(),
  }),
  /** Something a component wants to be read, such as a batch that was submitted or an L1 that could not mine. */
  z.object({ kind: z.literal('note'), component: name, message: z.string() }),
  /** Last line of a run that was torn down in order. */
  z.object({
    kind: z.literal('end'),
    outcome: z.enum(['passed', 'failed', 'inconclusive', 'stopped']),
    durationMs,
    message: z.string().optional(),
  }),
] as const

const chainSchemas = [
  /** A node's head is another block than at the last observation. */
  z.object({ kind: z.literal('head'), node: name, level: levelSchema, block: blockSchema }),
  z.object({ kind: z.literal('l1-block'), block: blockSchema, timestamp: z.int(), fork: z.int() }),
  z.object({ kind: z.literal('l1-labels'), safe: count, finalized: count }),
  z.object({ kind: z.literal('l1-reorg'), orphaned: z.array(blockSchema), replaced: z.array(blockSchema) }),
  z.object({ kind: z.literal('l1-production'), on: z.boolean() }),
] as const

/** What passed over a connection, as the consumer saw it. Bodies are kept only where a run asks for them. */
const trafficSchemas = [
  /** JSON-RPC or REST that is none of the following two. */
  z.object({
    kind: z.literal('rpc'),
    link: name,
    /** JSON-RPC methods, each once, in the order of their first call; or the path of a REST call. */
    methods: z.array(z.string()),
    /** How many calls a batch made; missing for one. */
    calls: count.optional(),
    outcome,
    durationMs,
    ...bodies,
  }),
  /** One call of the Engine API. */
  z.object({
    kind: z.literal('engine'),
    link: name,
    method: z.string(),
    /** Of a forkchoice update: the hashes that it named. */
    heads: z.object({ unsafe: z.string(), safe: z.string(), finalized: z.string() }).optional(),
    /** Of `newPayload` and `getPayload`: the block. */
    block: linkedBlockSchema.optional(),
    /** Of a forkchoice update: whether it asked for a build. */
    attributes: z.boolean().optional(),
    /** `VALID`, `INVALID`, `SYNCING`, `ACCEPTED`. */
    status: z.string().optional(),
    outcome,
    durationMs,
    ...bodies,
  }),
  /** What a follower was told by its source. */
  z.object({
    kind: z.literal('source'),
    follower: name,
    source: name,
    outcome,
    durationMs,
    /** Of a status that can be read. A zero hash is "not known yet". */
    heads: z
      .object({
        unsafe: headSchema,
        localSafe: headSchema,
        crossSafe: headSchema,
        finalized: headSchema,
        currentL1: blockSchema,
      })
      .optional(),
    ...bodies,
  }),
  /** A gossiped block: sent, heard, or judged. Only of clients whose log tells it. */
  z.object({
    kind: z.literal('gossip'),
    node: name,
    action: z.enum(['publish', 'receive', 'accept', 'ignore', 'reject']),
    /** Missing when the message was refused before its block was read. */
    block: blockSchema.optional(),
    /** Why it was ignored or rejected. */
    reason: z.string().optional(),
  }),
  /** The node says that it has, or no longer has, a gossip connection with that peer; a stranger by its peer id. */
  z.object({ kind: z.literal('peer'), node: name, peer: name, connected: z.boolean() }),
] as const

const scenarioSchemas = [
  z.object({
    kind: z.literal('step'),
    step: name,
    action: z.enum(['start', 'end', 'fail']),
    durationMs: durationMs.optional(),
  }),
  z.object({
    kind: z.literal('wait'),
    /** Numbers the waits of a run; start and end of one wait share it. */
    id: z.int(),
    what: z.string(),
    action: z.enum(['start', 'end', 'fail']),
    durationMs: durationMs.optional(),
  }),
  z.object({
    kind: z.literal('fault'),
    /** Numbers the faults of a run. */
    id: z.int(),
    point: name,
    fault: name,
    action: z.enum(['install', 'hit', 'remove']),
    /** The fault as a value, with `install`. */
    json: z.record(z.string(), z.unknown()).optional(),
    /** So far, this one included. */
    hits: count.optional(),
  }),
  z.object({
    kind: z.literal('invariant'),
    invariant: name,
    node: name,
    /** `checked` comes once at the end, with how often. */
    outcome: z.enum(['checked', 'violated']),
    evaluations: count.optional(),
    message: z.string().optional(),
  }),
  /** The run has reached something that it is about: a follow case, a reset reason, a fault that hit. */
  z.object({ kind: z.literal('reach'), mark: name, node: name.optional() }),
] as const

/** What happened, without the number and the time that the stream adds. */
export const factSchema = z.discriminatedUnion('kind', [
  ...runSchemas,
  ...chainSchemas,
  ...trafficSchemas,
  ...scenarioSchemas,
])
export type Fact = z.infer<typeof factSchema>

/** One line of `timeline.ndjson`: `seq` counts the events of a run from 0, `t` is Unix time in milliseconds. */
export type WorldEvent = Fact & { readonly seq: number; readonly t: number }
export type HeadLevel = (typeof headLevels)[number]
