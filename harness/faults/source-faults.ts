import { type Hash, keccak256 } from 'viem'
import { z } from 'zod'
import type { FaultMemory, RequestEffect } from './effects.ts'
import type { Fault, FaultJson } from './fault.ts'
import { defineFault, defineSimple, type FaultEntry } from './fault-entry.ts'
import { FaultError } from './fault-error.ts'
import { firstAnswer, onResult } from './request-faults.ts'

/** What a follower asks its source. */
const statusMethod = 'optimism_syncStatus'
const configMethod = 'optimism_rollupConfig'

type Json = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null

/** Changes the source's status; `change` gives fields that take the place of the true ones. */
function onStatus(change: (status: Json, memory: FaultMemory) => Json): RequestEffect {
  return {
    kind: 'call',
    about: [statusMethod],
    change: onResult((result, _, memory) =>
      isObject(result) ? { ...result, ...change(result, memory) } : result,
    ),
  }
}

/** A hash that is on no chain, the same for the same true one. */
const falseHash = (hash: unknown): Hash => keccak256(`0x${String(hash).replace(/^0x/, '')}`)
const withFalseHash = (ref: unknown): unknown =>
  isObject(ref) ? { ...ref, hash: falseHash(ref['hash']) } : ref

const stalls = defineSimple(
  'stalls',
  'The source answers, and stands still: every status is the first one since the fault came.',
  {
    request: { kind: 'call', about: [statusMethod], change: firstAnswer },
  },
)
const replays = defineSimple(
  'replays',
  'Every second status is the oldest one that the source gave since the fault came.',
  {
    request: {
      kind: 'call',
      about: [statusMethod],
      change(answer, _, memory) {
        const asked = ((memory.get('asked') as number | undefined) ?? 0) + 1
        memory.set('asked', asked)
        if (!memory.has('oldest')) memory.set('oldest', answer)
        return asked % 2 === 0 ? (memory.get('oldest') as typeof answer) : answer
      },
    },
  },
)
const liesOrigin = defineSimple(
  'lies.origin',
  'The safe blocks of the source name an L1 origin that is on no chain.',
  {
    request: onStatus((status) => {
      const falsely = (block: unknown) =>
        isObject(block) ? { ...block, l1origin: withFalseHash(block['l1origin']) } : block
      return { local_safe_l2: falsely(status['local_safe_l2']), safe_l2: falsely(status['safe_l2']) }
    }),
  },
)
const liesLaterOrigin = defineSimple(
  'lies.laterOrigin',
  'The local-safe block of the source names the newest L1 block that the source has derived as its origin: L1 has that block, and it is younger than the L2 block. While it is not, the source says the truth.',
  {
    request: onStatus(({ local_safe_l2: safe, current_l1: newest }) =>
      isObject(safe) && isObject(newest) && Number(newest['timestamp']) > Number(safe['timestamp'])
        ? {
            local_safe_l2: { ...safe, l1origin: { hash: newest['hash'], number: newest['number'] } },
          }
        : {},
    ),
  },
)
const liesEarlierTime = defineSimple(
  'lies.earlierTime',
  'The local-safe block of the source is a second older than it is: its time is not that of its number.',
  {
    request: onStatus(({ local_safe_l2: safe }) =>
      isObject(safe) ? { local_safe_l2: { ...safe, timestamp: Number(safe['timestamp']) - 1 } } : {},
    ),
  },
)
const liesFinalized = defineSimple(
  'lies.finalizedAboveSafe',
  'The finalized block of the source is the one above its local-safe one.',
  {
    request: onStatus(({ local_safe_l2: safe }) =>
      isObject(safe)
        ? {
            finalized_l2: {
              ...safe,
              number: Number(safe['number']) + 1,
              hash: falseHash(safe['hash']),
              parentHash: safe['hash'],
            },
          }
        : {},
    ),
  },
)
const liesCurrentL1 = defineSimple('lies.currentL1', 'The current L1 block of the source is on no chain.', {
  request: onStatus(({ current_l1 }) => ({ current_l1: withFalseHash(current_l1) })),
})
const anotherChain = defineFault({
  fault: 'anotherChain',
  signature: 'anotherChain(l2ChainId = 999)',
  says: 'The source is a node of another rollup on the same L1: its L2 blocks, chain id and genesis are others.',
  parameters: z.strictObject({ l2ChainId: z.int().positive().default(999) }),
  shown: ({ l2ChainId }) => String(l2ChainId),
  effects: ({ l2ChainId }) => ({
    request: {
      kind: 'call',
      about: [statusMethod, configMethod],
      change: onResult((result, { method }) =>
        !isObject(result)
          ? result
          : method === configMethod
            ? {
                ...result,
                l2_chain_id: l2ChainId,
                genesis: isObject(result['genesis'])
                  ? { ...result['genesis'], l2: withFalseHash(result['genesis']['l2']) }
                  : result['genesis'],
              }
            : Object.fromEntries(
                Object.entries(result).map(([name, block]) => [
                  name,
                  name.endsWith('_l2') && isObject(block)
                    ? { ...block, hash: falseHash(block['hash']), parentHash: falseHash(block['parentHash']) }
                    : block,
                ]),
              ),
      ),
    },
  }),
})

/** `read` makes a fault of its JSON form: a fault of two faults needs the whole vocabulary. */
export function defineFlaps(read: (json: unknown) => Fault) {
  const one = z.record(z.string(), z.unknown()).nullable()
  const requestOf = (json: z.output<typeof one>): RequestEffect | null => {
    if (json === null) return null
    const fault = read(json)
    if (fault.effects.request === undefined || fault.conditions.length > 0)
      throw new FaultError(
        `flaps: expected two faults of requests without conditions, or null for the truth, found ${fault.name}`,
      )
    return fault.effects.request
  }
  const nameOf = (json: z.output<typeof one>) => (json === null ? 'the truth' : read(json).name)
  const entry = defineFault({
    fault: 'flaps',
    signature: 'flaps(a, b)',
    says: 'The source is two in turn, as behind a load balancer: one fault, then the other; null is the truth.',
    parameters: z.strictObject({ a: one, b: one }),
    shown: ({ a, b }) => `${nameOf(a)}, ${nameOf(b)}`,
    effects: ({ a, b }) => ({
      request: { kind: 'turns', about: [statusMethod], of: [requestOf(a), requestOf(b)] },
    }),
  })
  const json = (fault: Fault | null): FaultJson | null => fault?.json ?? null
  return { entry, flaps: (a: Fault | null, b: Fault | null) => entry.make({ a: json(a), b: json(b) }) }
}

/** Faults of the connection between a follower and its source. */
export const sourceFaults = {
  stalls: () => stalls.make({}),
  replays: () => replays.make({}),
  lies: {
    origin: () => liesOrigin.make({}),
    laterOrigin: () => liesLaterOrigin.make({}),
    earlierTime: () => liesEarlierTime.make({}),
    finalizedAboveSafe: () => liesFinalized.make({}),
    currentL1: () => liesCurrentL1.make({}),
  },
  anotherChain: (l2ChainId = 999) => anotherChain.make({ l2ChainId }),
}
export const sourceEntries: readonly FaultEntry[] = [
  ...[
    stalls,
    replays,
    liesOrigin,
    liesLaterOrigin,
    liesEarlierTime,
    liesFinalized,
    liesCurrentL1,
    anotherChain,
  ],
]
