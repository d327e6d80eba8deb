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
const bodies = {
  request: z
    .unknown()
    .optional()
    .describe('the body, where `LOCKSTEP_EVENT_BODIES` names the link: JSON, or the beginning as text'),
  response: z.unknown().optional().describe('likewise'),
}

/** The heads whose moves are recorded, by the names of the DSL. */
export const headLevels = ['unsafe', 'localSafe', 'crossSafe', 'finalized', 'currentL1', 'headL1'] as const
const levelSchema = z.enum(headLevels)

const outcome = z
  .string()
  .describe('as the consumer saw it: `ok`, `rpc_<code>`, `http_<status>` or `unreachable`')
const link = name.describe('`consumer→provider`')

const runSchemas = [
  z
    .object({
      kind: z.literal('run'),
      version: z.literal(timelineVersion),
      runId: name,
      scenario: name,
      topology: name,
      clients: z
        .record(z.string(), name)
        .optional()
        .describe('the kind of client in the slot of each consensus node and engine'),
      runnerPid: z.int(),
      startedAt: z.string().describe('ISO 8601'),
      parameters: z.record(z.string(), z.unknown()).describe('the chain parameters of this run'),
    })
    .describe('First line: what this run is.'),
  z
    .object({
      kind: z.literal('component'),
      component: name,
      action: z.enum(['start', 'ready', 'stop', 'kill', 'pause', 'resume', 'wipe', 'exit', 'await']),
      pid: z.int().optional(),
      durationMs: durationMs
        .optional()
        .describe('since the action that this one answers: ready since start, exit since stop'),
      reason: z
        .string()
        .optional()
        .describe(
          'how it ended: an exit code or a signal; what starts it, when somebody else must (`await`)',
        ),
      url: z.string().optional(),
    })
    .describe('Something was done to a component, or it ended.'),
  z
    .object({ kind: z.literal('booted'), durationMs })
    .describe('Everything that a scenario starts with runs.'),
  z
    .object({ kind: z.literal('link'), link, url: z.string(), target: z.string() })
    .describe('A connection was given a gateway.'),
  z
    .object({
      kind: z.literal('log'),
      component: name,
      level: z.enum(['debug', 'info', 'warn', 'error']),
      message: z.string(),
    })
    .describe(
      'A component logged a line; warnings and errors, or what `LOCKSTEP_EVENT_LOG_LEVEL` says, at most 20 a second. `t` is when it was read.',
    ),
  z
    .object({ kind: z.literal('note'), component: name, message: z.string() })
    .describe('A component of the harness wants something to be read, such as a batch that was submitted.'),
  z
    .object({ kind: z.literal('stall'), lateMs: durationMs })
    .describe(
      'The runner stood still: a timer of its own came so late. What else is late then may be the doing of a busy machine.',
    ),
  z
    .object({
      kind: z.literal('gap'),
      component: name.describe('who was not heard of; `recorder` for everybody'),
      from: z.number().describe('Unix time in milliseconds'),
      reason: z.string(),
    })
    .describe(
      'In a recording, or a run that is too long to be kept whole: nothing is known of a component from then until now.',
    ),
  z
    .object({ kind: z.literal('teardown') })
    .describe(
      'The run is over and everything is being stopped: what fails from here on, fails because of that.',
    ),
  z
    .object({
      kind: z.literal('end'),
      outcome: z.enum(['passed', 'failed', 'inconclusive', 'stopped']),
      durationMs,
      message: z.string().optional(),
    })
    .describe('Last line of a run that was torn down in order.'),
] as const

const chainSchemas = [
  z
    .object({
      kind: z.literal('head'),
      node: name,
      level: levelSchema,
      block: linkedBlockSchema,
      origin: blockSchema.optional().describe('of an L2 head: the L1 block that it takes its deposits from'),
    })
    .describe('A node publishes another block as this head than at the last observation.'),
  z
    .object({
      kind: z.literal('l1-block'),
      block: blockSchema,
      timestamp: z.int().describe('Unix time in seconds'),
      fork: z.int().describe('counts the reorgs before it'),
    })
    .describe('A new head of L1.'),
  z
    .object({ kind: z.literal('l1-labels'), safe: count, finalized: count })
    .describe('A label of L1 moved; both block numbers.'),
  z
    .object({ kind: z.literal('l1-reorg'), orphaned: z.array(blockSchema), replaced: z.array(blockSchema) })
    .describe('L1 blocks were replaced; the new ones were told before, each as an `l1-block`.'),
  z
    .object({ kind: z.literal('l1-production'), on: z.boolean() })
    .describe('L1 produces a block every block time, or no longer.'),
] as const

const trafficSchemas = [
  z
    .object({
      kind: z.literal('rpc'),
      link,
      methods: z
        .array(z.string())
        .describe(
          'JSON-RPC methods, each once, in the order of their first call; or the path of a REST call',
        ),
      calls: count.optional().describe('how many a batch made; missing for one'),
      outcome,
      durationMs,
      ...bodies,
    })
    .describe('JSON-RPC or REST that is none of the next two.'),
  z
    .object({
      kind: z.literal('engine'),
      link,
      method: z.string(),
      heads: z
        .object({ unsafe: z.string(), safe: z.string(), finalized: z.string() })
        .optional()
        .describe('of a forkchoice update: the hashes that it named'),
      block: linkedBlockSchema.optional().describe('of `newPayload` and `getPayload`'),
      attributes: z.boolean().optional().describe('of a forkchoice update: whether it asked for a build'),
      status: z.string().optional().describe('`VALID`, `INVALID`, `SYNCING`, `ACCEPTED`'),
      outcome,
      durationMs,
      ...bodies,
    })
    .describe('One call of the Engine API.'),
  z
    .object({
      kind: z.literal('source'),
      follower: name,
      source: name,
      outcome,
      durationMs,
      heads: z
        .object({
          unsafe: headSchema,
          localSafe: headSchema,
          crossSafe: headSchema,
          finalized: headSchema,
          currentL1: blockSchema,
        })
        .optional()
        .describe('of a status that can be read; a zero hash is "not known yet"'),
      ...bodies,
    })
    .describe('A follower was told by its source. Comes before the follower has the answer.'),
  z
    .object({
      kind: z.literal('gossip'),
      node: name,
      action: z.enum(['publish', 'withhold', 'receive', 'accept', 'ignore', 'reject']),
      block: blockSchema
        .optional()
        .describe('missing when the message was refused before its block was read'),
      reason: z.string().optional().describe('why it was ignored or rejected'),
      peer: name
        .optional()
        .describe('who sent what was refused: the name of a node, or the peer id of a stranger'),
    })
    .describe(
      'A gossiped block: sent, not sent because peers would refuse it for its age, heard, or judged. Of clients whose log tells it; refusals of one reason every 10 s.',
    ),
  z
    .object({
      kind: z.literal('peer'),
      node: name,
      peer: name.describe('the name of a node, or the peer id of a stranger'),
      connected: z.boolean(),
    })
    .describe('A node has, or no longer has, a gossip connection. It is asked once an L2 block time.'),
] as const

const scenarioSchemas = [
  z
    .object({
      kind: z.literal('step'),
      step: name,
      action: z.enum(['start', 'end', 'fail']),
      durationMs: durationMs.optional(),
    })
    .describe('A named part of a scenario.'),
  z
    .object({
      kind: z.literal('wait'),
      id: z.int().describe('numbers the waits of a run; start and end of one share it'),
      what: z.string(),
      action: z.enum(['start', 'end', 'fail']),
      durationMs: durationMs.optional(),
    })
    .describe('A scenario waits for something.'),
  z
    .object({
      kind: z.literal('fault'),
      id: z.int().describe('numbers the faults of a run'),
      point: name.describe('where it stands'),
      fault: name,
      action: z.enum(['install', 'hit', 'remove']),
      json: z.record(z.string(), z.unknown()).optional().describe('the fault as a value, with `install`'),
      hits: count.optional().describe('so far, this one included'),
    })
    .describe('A fault was put on a point, did something, or was removed.'),
  z
    .object({
      kind: z.literal('invariant'),
      invariant: name,
      node: name,
      outcome: z
        .enum(['checked', 'violated', 'known'])
        .describe('`checked` comes once, at the end; `known`: violated, as is known of the client'),
      evaluations: count.optional().describe('with `checked`: how often it was judged'),
      message: z.string().optional().describe('with `violated` and `known`: what was found'),
    })
    .describe('What became of an invariant on a node.'),
  z
    .object({ kind: z.literal('reach'), mark: name, node: name.optional() })
    .describe('A node, or the run, reached a mark: a follow case, a reset, a reason.'),
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
