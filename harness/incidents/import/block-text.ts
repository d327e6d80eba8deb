import { parseJson } from '../../../node/json-rpc/json.ts'
import { isZeroHash } from '../../report/model/chains.ts'

/** A block as a log names it: its hash may be cut, as `abcdef…123456` or `0x12345678…`. */
export interface LoggedBlock {
  readonly number: number
  readonly hash: string
  readonly parent?: string
  readonly origin?: { readonly number: number; readonly hash: string }
}

const hashThenNumber = /^(0x[0-9a-f]{64}|[0-9a-f]{4,12}(?:\.\.|…)[0-9a-f]{4,12}):([\d,]+)$/i
const numberThenHash = /^(\d+):(0x[0-9a-f]{6,64})(?:…|\.\.)?$/i
const rustBlock =
  /BlockInfo \{ hash: (0x[0-9a-f]{64}), number: (\d+), parent_hash: (0x[0-9a-f]{64}), timestamp: \d+ \}(?:, l1_origin: \w+ \{ number: (\d+), hash: (0x[0-9a-f]{64}) \})?/i

/**
 * A block in the manner of op-node (`hash:number`, or an object in JSON), of ours (`number:hash…`) or of kona-node (Rust's
 * debug format). Null for anything else.
 */
export function readBlockText(text: string | undefined): LoggedBlock | null {
  if (text === undefined) return null
  const [, hash, number] = hashThenNumber.exec(text) ?? []
  if (hash !== undefined) return block(number, hash)
  const ours = numberThenHash.exec(text)
  if (ours !== null) return block(ours[1], ours[2])
  const rust = rustBlock.exec(text)
  if (rust !== null) {
    const [, own, height, parent = '', originNumber, originHash] = rust
    const origin = block(originNumber, originHash)
    const placed = isZeroHash(parent) ? {} : { parent }
    return {
      ...block(height, own)!,
      ...placed,
      ...(origin === null || isZeroHash(origin.hash) ? {} : { origin }),
    }
  }
  return text.startsWith('{') ? fromJson(parseJson(text)) : null
}

/** `number` and `hash` that stand beside each other; geth writes `1,234` and `abcdef..123456`. */
export function block(number: string | undefined, hash: string | undefined): LoggedBlock | null {
  const height = Number((number ?? '').replaceAll(',', ''))
  if (number === undefined || hash === undefined || !Number.isSafeInteger(height) || height < 0) return null
  if (!/^(?:0x)?[0-9a-f]{4,64}(?:(?:\.\.|…)[0-9a-f]*)?$/i.test(hash)) return null
  return { number: height, hash: hash.replace('…', '..').toLowerCase() }
}

function fromJson(json: unknown): LoggedBlock | null {
  if (typeof json !== 'object' || json === null) return null
  const { hash, number, parentHash, l1origin } = json as Record<string, unknown>
  const read = block(String(number), typeof hash === 'string' ? hash : undefined)
  if (read === null) return null
  const origin = fromJson(l1origin)
  return {
    ...read,
    ...(typeof parentHash === 'string' ? { parent: parentHash } : {}),
    ...(origin === null ? {} : { origin }),
  }
}
