/**
 * Reads facts out of a JSON body without parsing it: a payload of a busy block is a megabyte, and what an event needs of it
 * stands in its first kilobytes. Values are taken by name, so that neither the order of fields nor white space matters.
 * Hex data holds no quotes, so that no transaction can pretend to be a field.
 */

/** Every field of a payload before its transactions, with room for other orders of fields. */
const headBytes = 8 * 1024
/** Bodies up to this are parsed whole. */
export const wholeBytesMax = 16 * 1024

/** The beginning of a body as text. */
export function headOf(body: Buffer): string {
  return body.toString('latin1', 0, headBytes)
}

/** The first string value of that field; undefined when there is none. */
export function stringField(head: string, field: string): string | undefined {
  const value = fieldPattern(field).exec(head)?.[1]
  return value === undefined ? undefined : copied(value)
}

/** V8 makes a part of a text a view of it: a hash that somebody keeps would keep all of the body. */
const copied = (part: string) => Buffer.from(part, 'latin1').toString('latin1')

const patterns = new Map<string, RegExp>()

/** `field` is a name of ours, never data. */
function fieldPattern(field: string): RegExp {
  const known = patterns.get(field)
  if (known !== undefined) return known
  const pattern = new RegExp(`"${field}"\\s*:\\s*"([^"]*)"`)
  patterns.set(field, pattern)
  return pattern
}

const methodField = /"method"\s*:\s*"([A-Za-z0-9_]{1,100})"/g

/** The JSON-RPC methods of a request, in order; empty for anything else. */
export function methodsOf(body: Buffer): readonly string[] {
  const isBatch = firstByte(body) === openBracket
  const head = isBatch ? body.toString('latin1') : headOf(body)
  const methods = Array.from(head.matchAll(methodField), ([, method]) => copied(method!))
  if (isBatch) return methods
  // A client may write the method after its parameters.
  if (methods.length === 0 && body.byteLength > headBytes)
    methods.push(
      ...Array.from(body.toString('latin1', body.byteLength - 512).matchAll(methodField), ([, m]) =>
        copied(m!),
      ),
    )
  return methods.slice(0, 1)
}

const openBracket = 0x5b

function firstByte(body: Buffer): number | undefined {
  return body.find((byte) => byte > 0x20)
}

/** The code of a JSON-RPC error; undefined for a result, and for a batch. */
export function rpcErrorCode(body: Buffer): number | undefined {
  const head = body.toString('latin1', 0, 1024)
  const error = /"error"\s*:\s*\{/.exec(head)
  if (error === null) return undefined
  const result = head.indexOf('"result"')
  if ((result >= 0 && result < error.index) || firstByte(body) === openBracket) return undefined
  const code = /"code"\s*:\s*(-?\d{1,9})/.exec(head.slice(error.index))?.[1]
  return code === undefined ? 0 : Number(code)
}
