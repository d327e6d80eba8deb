import type { Hash } from 'viem'
import { z } from 'zod'
import type { CallAnswer, RequestCall } from './effects.ts'
import { defineFault, type FaultEntry } from './fault-entry.ts'

const hashSchema = z.templateLiteral(['0x', z.string().regex(/^[0-9a-f]{64}$/)])
const newPayload = 'engine_newPayload*'
const forkchoiceUpdated = 'engine_forkchoiceUpdated*'

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
const field = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined)
const isUpdate = ({ method }: RequestCall) => method.startsWith('engine_forkchoiceUpdated')

/** `payloadStatusV1`, in the shape that the method answers with. */
function payloadStatus(
  call: RequestCall,
  status: {
    readonly status: string
    readonly latestValidHash: unknown
    readonly validationError: string | null
  },
): CallAnswer {
  return { result: isUpdate(call) ? { payloadStatus: status, payloadId: null } : status }
}

const syncing = (call: RequestCall) =>
  payloadStatus(call, { status: 'SYNCING', latestValidHash: null, validationError: null })

const answers = defineFault({
  fault: 'answers',
  signature: "answers('SYNCING' | 'INVALID')",
  says: 'The engine says so to every payload and forkchoice update, and does nothing: as one that syncs, or one that finds the block wrong.',
  parameters: z.strictObject({ status: z.enum(['SYNCING', 'INVALID']) }),
  shown: ({ status }) => status,
  effects: ({ status }) => ({
    request: {
      kind: 'call',
      about: [newPayload, forkchoiceUpdated],
      answer: (call) =>
        status === 'SYNCING'
          ? syncing(call)
          : payloadStatus(call, {
              status,
              latestValidHash: field(call.params[0], 'parentHash') ?? null,
              validationError: 'invalid, because a fault of the harness says so',
            }),
    },
  }),
})

const invalidForkchoiceState = { code: -38002, message: 'Invalid forkchoice state' }

/** The engine as it would be without these blocks: Engine API, paris.md, "engine_forkchoiceUpdatedV1". */
function withoutBlocks(blocks: ReadonlySet<string>, call: RequestCall): CallAnswer | undefined {
  const [first] = call.params
  const forgot = (hash: unknown) => blocks.has(String(hash).toLowerCase())
  if (isUpdate(call)) {
    if (forgot(field(first, 'headBlockHash'))) return syncing(call)
    return forgot(field(first, 'safeBlockHash')) || forgot(field(first, 'finalizedBlockHash'))
      ? { error: invalidForkchoiceState }
      : undefined
  }
  if (call.method.startsWith('engine_newPayload'))
    return forgot(field(first, 'parentHash')) || forgot(field(first, 'blockHash')) ? syncing(call) : undefined
  return forgot(isObject(first) ? first['blockHash'] : first) ? { result: null } : undefined
}

const forgets = defineFault({
  fault: 'forgets',
  signature: 'forgets(…hashes)',
  says: 'The engine has lost these blocks: it answers null for them, SYNCING to what needs them, −38002 when they are to be safe or finalized.',
  parameters: z.strictObject({ blocks: z.array(hashSchema).min(1).max(256) }),
  shown: ({ blocks }) => blocks.join(', '),
  effects({ blocks }) {
    const lost = new Set<string>(blocks)
    return {
      request: {
        kind: 'call',
        about: [newPayload, forkchoiceUpdated, 'eth_getBlock*', 'debug_getRaw*'],
        answer: (call) => withoutBlocks(lost, call),
        change: (answer) =>
          'result' in answer && lost.has(String(field(answer.result, 'hash'))) ? { result: null } : answer,
      },
    }
  },
})

const engineErrors: Readonly<Record<number, string>> = {
  [-38001]: 'Unknown payload',
  [-38002]: 'Invalid forkchoice state',
  [-38003]: 'Invalid payload attributes',
  [-38004]: 'Too large request',
  [-38005]: 'Unsupported fork',
}
const error = defineFault({
  fault: 'error',
  signature: 'error(code)',
  says: 'An error of the Engine API, such as −38002, in answer to every forkchoice update, or to the calls of `to`. The engine is not asked.',
  parameters: z.strictObject({ code: z.int().negative() }),
  shown: ({ code }) => String(code),
  effects: ({ code }) => ({
    request: {
      kind: 'call',
      about: [code === -38001 ? 'engine_getPayload*' : forkchoiceUpdated],
      answer: () => ({ error: { code, message: engineErrors[code] ?? 'error of the harness' } }),
    },
  }),
})

/** How clients tell that a block is not there. Sources: go-ethereum's `internal/ethapi`, reth's `EthApiError`. */
const absence = {
  geth: (label: unknown) => ({
    code: -32000,
    message: label === 'safe' || label === 'finalized' ? `${label} block not found` : 'unknown block',
  }),
  reth: () => ({ code: -39001, message: 'Unknown block' }),
}
const notFoundAsError = defineFault({
  fault: 'notFoundAsError',
  signature: "notFoundAsError('geth' | 'reth')",
  says: 'A block that is not there is told as that client tells it: by an error, where others answer null.',
  parameters: z.strictObject({ style: z.enum(['geth', 'reth']) }),
  shown: ({ style }) => style,
  effects: ({ style }) => ({
    request: {
      kind: 'call',
      about: ['eth_getBlock*'],
      change: (answer, { params }) =>
        'result' in answer && answer.result === null ? { error: absence[style](params[0]) } : answer,
    },
  }),
})

/** Faults of the connection between a node and its engine. */
export const engineFaults = {
  answers: (status: 'SYNCING' | 'INVALID') => answers.make({ status }),
  forgets: (...blocks: readonly Hash[]) => forgets.make({ blocks: [...blocks] }),
  error: (code: number) => error.make({ code }),
  notFoundAsError: (style: 'geth' | 'reth') => notFoundAsError.make({ style }),
}
export const engineEntries: readonly FaultEntry[] = [answers, forgets, error, notFoundAsError]
