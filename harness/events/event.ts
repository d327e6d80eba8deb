import { z } from 'zod'

/** Written in the first line of every timeline; raised when a reader of the old shape would misread the new one. */
export const timelineVersion = 1

/** A block as the timeline names it. Numbers are JSON integers: no devstack gets near 2^53 blocks. */
const blockSchema = z.object({ number: z.int().nonnegative(), hash: z.string() })
const name = z.string()
const durationMs = z.number().nonnegative()

/** The heads whose moves are recorded, by the names of the DSL. */
export const headLevels = ['unsafe', 'localSafe', 'crossSafe', 'finalized', 'currentL1', 'headL1'] as const
const levelSchema = z.enum(headLevels)

const eventSchemas = [
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
    action: z.enum(['start', 'ready', 'stop', 'exit']),
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
  /** A node's head is another block than at the last observation. */
  z.object({ kind: z.literal('head'), node: name, level: levelSchema, block: blockSchema }),
  z.object({ kind: z.literal('l1-block'), block: blockSchema, timestamp: z.int(), fork: z.int() }),
  z.object({ kind: z.literal('l1-reorg'), orphaned: z.array(blockSchema), replaced: z.array(blockSchema) }),
  z.object({ kind: z.literal('l1-production'), on: z.boolean() }),
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
    id: z.int(),
    link: name,
    fault: name,
    action: z.enum(['install', 'remove']),
    /** With `remove`: how many messages it changed. */
    hits: z.int().nonnegative().optional(),
  }),
  z.object({
    kind: z.literal('invariant'),
    invariant: name,
    node: name,
    outcome: z.literal('violated'),
    message: z.string(),
  }),
  /** Something a component wants to be read, such as a batch that was submitted or an L1 that could not mine. */
  z.object({ kind: z.literal('note'), component: name, message: z.string() }),
  /** Last line of a run that was torn down in order. */
  z.object({
    kind: z.literal('end'),
    outcome: z.enum(['passed', 'failed', 'stopped']),
    durationMs,
    message: z.string().optional(),
  }),
] as const

/** What happened, without the time that the writer adds. */
export const timelineFactSchema = z.discriminatedUnion('kind', [...eventSchemas])
export type TimelineFact = z.infer<typeof timelineFactSchema>

/** One line of `timeline.ndjson`: `t` is Unix time in milliseconds. */
export type TimelineEvent = TimelineFact & { readonly t: number }
export type HeadLevel = (typeof headLevels)[number]
