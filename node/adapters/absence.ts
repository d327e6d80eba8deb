import { JsonRpcError } from '../json-rpc/errors.ts'

/**
 * How clients say that they have no such block where the specification has `null`. geth and op-geth: "header not found",
 * "unknown block", "safe block not found" (−32000); reth: "block not found: …" (−32001) and "unknown block" (−39001);
 * with what may stand between, as in "header for hash not found". op-node reads them so, too (`MaybeAsNotFoundErr`).
 */
const absent = /\b(?:block|header)\b(?: [\w:-]+){0,4} (?:was |is )?not found\b|\bunknown (?:block|header)\b/i
/** "Unknown block" of the execution clients that number it; the text is not agreed upon. */
const unknownBlockCode = -39001

/** True when the error is the server's way to say that it does not have the block that was asked for. */
export function isAbsence(error: unknown): boolean {
  return error instanceof JsonRpcError && (error.code === unknownBlockCode || absent.test(error.message))
}

/**
 * The answer to a call that reads a block (or something of one) by label, number or hash: null for every way in which a
 * server says that it has none. Not for other calls: without a block, a proof or a state is no answer.
 * @throws what the call threw for any other reason.
 */
export async function orAbsent(answer: Promise<unknown>): Promise<unknown> {
  try {
    return (await answer) ?? null
  } catch (error) {
    if (isAbsence(error)) return null
    throw error
  }
}
