import { z } from 'zod'
import { JsonRpcError, type JsonRpcTransportError, rpcErrorCode } from './errors.ts'

export type RpcAnswer = { readonly error: JsonRpcError } | { readonly result: unknown }

/**
 * One answer of a server: an error with its code and message, or else a result; null when it is neither. By hand,
 * because every call that a node makes comes through here.
 */
export function readAnswer(json: unknown): RpcAnswer | null {
  if (typeof json !== 'object' || json === null) return null
  const { error, result } = json as { error?: unknown; result?: unknown }
  if (typeof error === 'object' && error !== null) {
    const { code, message, data } = error as { code?: unknown; message?: unknown; data?: unknown }
    if (typeof code === 'number' && Number.isFinite(code) && typeof message === 'string')
      return { error: new JsonRpcError(code, message, data) }
  }
  return 'result' in json && !Array.isArray(json) ? { result } : null
}

const idSchema = z.object({ id: z.number() })

/** The server did not look at the calls, because there was more than one in the message. */
export class BatchRefusedError extends Error {
  override readonly name = 'BatchRefusedError'
}

/**
 * Brings the answers of a batch into the order of its calls: by id, since a server may answer in any order (JSON-RPC 2.0,
 * section 6). An answer to nothing that was asked is no answer; two to the same call are none either, because nothing
 * tells which of them is meant.
 * @param failure What a call fails with that has no answer.
 * @throws BatchRefusedError when no call was answered, or one error stands for all.
 */
export function matchAnswers(
  answers: readonly unknown[],
  ids: readonly number[],
  failure: (why: string) => JsonRpcTransportError,
): PromiseSettledResult<unknown>[] {
  const byId = new Map<number, unknown[]>(ids.map((id) => [id, []]))
  for (const answer of answers) {
    const parsed = idSchema.safeParse(answer)
    if (parsed.success) byId.get(parsed.data.id)?.push(answer)
  }
  const missing = [...byId.values()].filter((found) => found.length === 0).length
  const outcomes = ids.map((id) => {
    const [one, another] = byId.get(id)!
    if (one === undefined) return rejected(failure('one is missing'))
    return another === undefined ? outcomeOf(one, failure) : rejected(failure('one came twice'))
  })
  // geth answers a batch that is too large for it with one error, under the id of the first call.
  const isForAll = missing === ids.length - 1 && outcomes.some(isInvalidRequest)
  if (missing === ids.length || isForAll) throw new BatchRefusedError('no call of the batch was answered')
  return outcomes
}

function outcomeOf(
  answer: unknown,
  failure: (why: string) => JsonRpcTransportError,
): PromiseSettledResult<unknown> {
  const read = readAnswer(answer)
  if (read === null) return rejected(failure('one is no JSON-RPC answer'))
  return 'error' in read ? rejected(read.error) : { status: 'fulfilled', value: read.result }
}

const rejected = (reason: unknown): PromiseRejectedResult => ({ status: 'rejected', reason })
const isInvalidRequest = (outcome: PromiseSettledResult<unknown>) =>
  outcome.status === 'rejected' &&
  outcome.reason instanceof JsonRpcError &&
  outcome.reason.code === rpcErrorCode.invalidRequest
