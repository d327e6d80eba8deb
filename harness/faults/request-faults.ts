import { z } from 'zod'
import { createFault } from './create-fault.ts'
import type { CallAnswer, CallEffect, FaultMemory, RequestCall } from './effects.ts'
import type { Fault } from './fault.ts'
import { defineFault, defineSimple, type FaultEntry, msSchema } from './fault-entry.ts'

const slow = defineFault({
  fault: 'slow',
  signature: 'slow(ms, jitterMs = 0)',
  says: 'A request, or each packet between peers, goes on that much later, and up to the jitter later still.',
  parameters: z.strictObject({ ms: msSchema, jitterMs: msSchema.default(0) }),
  shown: ({ ms, jitterMs }) => (jitterMs === 0 ? `${ms} ms` : `${ms} ms, jitter ${jitterMs} ms`),
  effects: ({ ms, jitterMs }) => ({
    request: { kind: 'slow', ms, jitterMs },
    peers: { kind: 'slow', ms, jitterMs },
  }),
})
const hang = defineSimple(
  'hang',
  'The provider gets the request and acts on it; its answer never comes, and the connection stays open.',
  { request: { kind: 'hang' } },
)
const drop = defineFault({
  fault: 'drop',
  signature: 'drop(probability = 1)',
  says: 'A request is lost: nothing reaches the provider, nothing comes back (`withProbability` for some of them). Between peers, which need a probability below 1, each packet is lost with it and comes a retransmission (200 ms, doubled each time) later, which is all that TCP shows of a loss.',
  parameters: z.strictObject({ probability: z.number().min(0).max(1).default(1) }),
  shown: ({ probability }) => (probability === 1 ? '' : `${probability}`),
  effects: ({ probability }) =>
    probability === 1 ? { request: { kind: 'drop' } } : { peers: { kind: 'loss', probability } },
})
const refuse = defineSimple(
  'refuse',
  'Every connection is reset as soon as it is made, before a byte of it is read. The port stays bound, so that attempts can be counted.',
  { request: { kind: 'refuse' } },
)
const reset = defineSimple(
  'reset',
  'The connection is reset when the request has been read; the provider never sees it.',
  { request: { kind: 'reset' } },
)
const halfClose = defineSimple(
  'halfClose',
  'In place of an answer the link ends its half of the connection (FIN), and goes on reading.',
  { request: { kind: 'halfClose' } },
)
const bandwidth = defineFault({
  fault: 'bandwidth',
  signature: 'bandwidth(bytesPerSecond)',
  says: 'Answers come at that rate.',
  parameters: z.strictObject({ bytesPerSecond: z.int().positive() }),
  shown: ({ bytesPerSecond }) => `${bytesPerSecond} B/s`,
  effects: ({ bytesPerSecond }) => ({ request: { kind: 'bandwidth', bytesPerSecond } }),
})
const status = defineFault({
  fault: 'status',
  signature: 'status(code, headers = {})',
  says: 'An HTTP status in place of an answer, such as 429 with `retry-after`, or 503. The provider is not asked.',
  parameters: z.strictObject({
    code: z.int().min(400).max(599),
    headers: z.record(z.string(), z.string()).default({}),
  }),
  shown: ({ code, headers }) =>
    [code, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)].join(', '),
  effects: ({ code, headers }) => ({ request: { kind: 'status', code, headers } }),
})
const rpcError = defineFault({
  fault: 'rpcError',
  signature: 'rpcError(code, message)',
  says: 'A JSON-RPC error in place of an answer. The provider is not asked.',
  parameters: z.strictObject({ code: z.int(), message: z.string() }),
  shown: ({ code, message }) => `${code}, ${message}`,
  effects: (error) => ({ request: { kind: 'call', answer: () => ({ error }) } }),
})
const nullResult = defineSimple('nullResult', 'The provider is asked, and its result becomes null.', {
  request: { kind: 'call', change: onResult((result) => (result === null ? result : null)) },
})
const garbage = defineSimple(
  'garbage',
  'The body of the answer is not JSON, with the status and type of one.',
  {
    request: { kind: 'garbage' },
  },
)
const truncated = defineSimple(
  'truncated',
  'The connection is cut after half of the answer, which had announced its whole length.',
  { request: { kind: 'truncated' } },
)
const patch = defineFault({
  fault: 'patch',
  signature: 'patch(json)',
  says: 'A JSON merge patch (RFC 7396) changes the result: objects field by field, null takes a field away.',
  parameters: z.strictObject({ json: z.json() }),
  shown: ({ json }) => JSON.stringify(json),
  effects: ({ json }) => ({
    request: { kind: 'call', change: onResult((result) => mergePatch(result, json)) },
  }),
})
const stale = defineFault({
  fault: 'stale',
  signature: 'stale(snapshot?)',
  says: 'Old answers: those of the snapshot (results by method), or without one the first answer that each call had since the fault came.',
  parameters: z.strictObject({ snapshot: z.record(z.string(), z.json()).optional() }),
  shown: ({ snapshot }) => (snapshot === undefined ? '' : Object.keys(snapshot).join(', ')),
  effects: ({ snapshot }) => ({
    request:
      snapshot === undefined
        ? { kind: 'call', change: firstAnswer }
        : {
            kind: 'call',
            about: Object.keys(snapshot),
            answer: ({ method }) => ({ result: snapshot[method] }),
          },
  }),
})
const reorderedBatch = defineSimple('reorderedBatch', 'The answers of a batch come in the opposite order.', {
  request: { kind: 'reordered' },
})

/** Its JSON form names it, and cannot make it again. */
const replaceResultEntry: FaultEntry = {
  fault: 'replaceResult',
  signature: 'replaceResult(change)',
  says: 'A function changes the result. It is the one fault that cannot be made again from its JSON form, which says so.',
  make: () => replaceResult((result) => result),
  fromJson: null,
}

function replaceResult(change: (result: unknown, call: RequestCall) => unknown, name = ''): Fault {
  return createFault({
    fault: 'replaceResult',
    shown: name,
    parameters: { ...(name === '' ? {} : { name }), reproducible: false },
    effects: { request: { kind: 'call', change: onResult(change) } },
  })
}

/** Faults of any HTTP connection. */
export const requestFaults = {
  slow: (ms: number, jitterMs = 0) => slow.make({ ms, jitterMs }),
  hang: () => hang.make({}),
  drop: (probability = 1) => drop.make({ probability }),
  refuse: () => refuse.make({}),
  reset: () => reset.make({}),
  halfClose: () => halfClose.make({}),
  bandwidth: (bytesPerSecond: number) => bandwidth.make({ bytesPerSecond }),
  status: (code: number, headers: Readonly<Record<string, string>> = {}) => status.make({ code, headers }),
  rpcError: (code: number, message: string) => rpcError.make({ code, message }),
  nullResult: () => nullResult.make({}),
  garbage: () => garbage.make({}),
  truncated: () => truncated.make({}),
  patch: (json: z.output<ReturnType<typeof z.json>>) => patch.make({ json }),
  stale: (snapshot?: Record<string, z.output<ReturnType<typeof z.json>>>) =>
    stale.make(snapshot === undefined ? {} : { snapshot }),
  reorderedBatch: () => reorderedBatch.make({}),
  /** `name` is for people: a function says nothing of itself. */
  replaceResult,
}

export const requestEntries = [
  ...[slow, hang, drop, refuse, reset, halfClose, bandwidth, status, rpcError, nullResult],
  ...[garbage, truncated, replaceResultEntry, patch, stale, reorderedBatch],
]

/** Changes results, and leaves errors as they are. */
export function onResult(
  change: (result: unknown, call: RequestCall, memory: FaultMemory) => unknown,
): NonNullable<CallEffect['change']> {
  return (answer, call, memory) => {
    if (!('result' in answer)) return answer
    const result = change(answer.result, call, memory)
    return result === answer.result ? answer : { result }
  }
}

/** Calls whose first answer one fault keeps. */
const keptMax = 256

export function firstAnswer(answer: CallAnswer, call: RequestCall, memory: FaultMemory): CallAnswer {
  const key = JSON.stringify([call.method, call.params])
  const first = memory.get(key) as CallAnswer | undefined
  if (first !== undefined) return first
  if (memory.size < keptMax) memory.set(key, answer)
  return answer
}

/** RFC 7396, section 2. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch))
    if (value === null) delete merged[name]
    else merged[name] = mergePatch(merged[name], value)
  return merged
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
