import { NodeError } from '../../errors/node-error.ts'
import { type BlockId, formatRef } from '../../protocol/refs.ts'

/** A field with such a name never reaches a log, whatever it holds. */
const secretName = /(secret|password|token|private_?key|sequencer_?key|authorization)$/i
/** Deeper values are cut: a log line is for people, and cycles must end. */
const depthMax = 6
const stringLengthMax = 2_000
const itemsMax = 50

/**
 * Turns any value into one that JSON can hold: a bigint becomes a number when that is exact and a decimal string when
 * not, bytes become hex, a block reference `number:hash…`, an Error its name, message, code, facts and causes. Long and
 * deep values are cut.
 */
function toLogValue(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
    case 'string':
      return value.length > stringLengthMax
        ? `${value.slice(0, stringLengthMax)}… (${value.length} characters)`
        : value
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'function':
    case 'symbol':
      return undefined
    case 'object':
      break
    default:
      return value
  }
  if (value === null) return null
  if (depth >= depthMax) return '…'
  if (value instanceof Error) return errorToLogValue(value, depth)
  if (value instanceof Uint8Array) return `0x${Buffer.from(value.subarray(0, 256)).toString('hex')}`
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) {
    const items = value.slice(0, itemsMax).map((item) => toLogValue(item, depth + 1))
    return value.length > itemsMax ? [...items, `… (${value.length} items)`] : items
  }
  if (isBlockId(value)) return formatRef(value)
  const entries = value instanceof Map ? [...value] : Object.entries(value as object)
  return toLogFields(Object.fromEntries(entries), depth + 1)
}

/** The fields of a log line, each made safe to print. */
export function toLogFields(fields: Readonly<Record<string, unknown>>, depth = 0): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields))
    result[name] = secretName.test(name) ? '(redacted)' : toLogValue(value, depth)
  return result
}

function errorToLogValue(error: Error, depth: number): Record<string, unknown> {
  const code = (error as { code?: unknown }).code
  return {
    name: error.name,
    message: toLogValue(error.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(error instanceof NodeError && Object.keys(error.facts).length > 0
      ? { facts: toLogFields(error.facts, depth + 1) }
      : {}),
    ...(error.cause === undefined ? {} : { cause: toLogValue(error.cause, depth + 1) }),
  }
}

/** A block is named everywhere in the same way, whoever logs it. */
function isBlockId(value: object): value is BlockId {
  return (
    'hash' in value && typeof value.hash === 'string' && 'number' in value && typeof value.number === 'bigint'
  )
}
