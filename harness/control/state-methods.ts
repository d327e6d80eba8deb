import { z } from 'zod'
import type { Clock } from '../../node/ports/clock.ts'
import { blockIdToJson, syncStatusToJson } from '../../node/protocol/sync-status-json.ts'
import { headOf, type Level, levels } from '../world/levels.ts'
import type { ClHandle } from '../world/world.ts'
import { nodeOf } from './component.ts'
import { type ControlContext, controlMethod } from './control-method.ts'
import { faultsToJson } from './fault-methods.ts'
import { l1ToJson } from './l1-methods.ts'

const waitSecondsMax = 600
const peersMsMax = 1_000

export const stateMethods = {
  control_state: controlMethod(
    'What every component says of itself: heads, currentL1, peers, L1, the faults that stand.',
    {},
    async (context) => ({
      topology: context.world.topology.name,
      l1: l1ToJson(context),
      nodes: await Promise.all([...context.world.cls.values()].map((node) => nodeToJson(context, node))),
      engines: [...context.world.els.values()].map(({ name, spec, lifecycle }) => ({
        ...{ name, kind: spec.kind, running: lifecycle.running, starts: lifecycle.starts },
      })),
      batcher: context.world.batcher === null ? null : { on: context.world.batcher.running },
      faults: faultsToJson(context),
    }),
  ),
  control_wait: controlMethod(
    'Answers as soon as a head of a node has reached a block, or is a given number of blocks further than now.',
    {
      node: z.string().min(1),
      level: z.enum(levels),
      number: z.int().min(0).optional().describe('The block to reach'),
      advance: z.int().min(1).optional().describe('Or how many blocks further than now'),
      seconds: z
        .number()
        .min(0.1)
        .max(waitSecondsMax)
        .optional()
        .describe('How long at most; default 60. An error when it is not there by then'),
    },
    async (context, { node: name, level, number, advance, seconds = 60 }) => {
      if ((number === undefined) === (advance === undefined))
        throw new RangeError('expected either number or advance')
      const node = nodeOf(context.world, name)
      const now = headOf((await node.status.observe(context.signal)).status, level).number
      const target = number === undefined ? now + BigInt(advance ?? 0) : BigInt(number)
      return blockIdToJson(await reached(context, node, level, target, seconds))
    },
  ),
}

async function reached(
  { world, signal }: ControlContext,
  { name, status }: ClHandle,
  level: Level,
  target: bigint,
  seconds: number,
) {
  const over = new AbortController()
  const ended = AbortSignal.any([signal, over.signal])
  const found = Promise.withResolvers<{ number: bigint; hash: `0x${string}` }>()
  const look = () => {
    if (status.latest === null) return
    const head = headOf(status.latest.status, level)
    if (head.number >= target) found.resolve(head)
  }
  const end = status.subscribe(look)
  try {
    look()
    return await Promise.race([
      found.promise,
      world.clock.sleep(seconds * 1000, ended).then(() => {
        const at = status.latest === null ? 'never seen' : headOf(status.latest.status, level).number
        throw new Error(
          `expected ${name} ${level} to reach block ${target} within ${seconds} s, found it at ${at}`,
        )
      }),
    ])
  } finally {
    over.abort()
    end()
  }
}

async function nodeToJson({ world, signal }: ControlContext, node: ClHandle) {
  const { name, spec, lifecycle, status, el } = node
  const { latest, lastError } = status
  const peers = lifecycle.running ? await peersOf(node, world.clock, signal) : []
  const isNewer = lastError !== null && lastError.atMs > (latest?.answeredMs ?? 0)
  return {
    name,
    kind: spec.kind,
    mode: spec.mode.kind,
    source: spec.mode.kind === 'follow' ? spec.mode.source : null,
    el: el.name,
    running: lifecycle.running,
    starts: lifecycle.starts,
    peers,
    /** As `optimism_syncStatus` has it; null when it never answered. */
    status: latest === null ? null : syncStatusToJson(latest.status),
    seenMs: latest?.answeredMs ?? null,
    error: isNewer ? lastError.message : null,
  }
}

/** Null when the node does not say: a paused one answers nothing. */
async function peersOf({ gossip }: ClHandle, clock: Clock, signal: AbortSignal) {
  const over = new AbortController()
  const late = clock.sleep(peersMsMax, AbortSignal.any([signal, over.signal])).then(
    () => null,
    () => null,
  )
  const said = gossip.connected().then(
    (names) => [...names].sort(),
    () => null,
  )
  return Promise.race([said, late]).finally(() => over.abort())
}
