import { JsonRpcError } from '../errors.ts'

/** How a server says that it has no such block; `null` is the specification's way. Real ones use more than one of them. */
export const absenceStyles = ['null', 'geth', 'reth'] as const
export type AbsenceStyle = (typeof absenceStyles)[number]

const labels: readonly unknown[] = ['safe', 'finalized', 'latest', 'pending']

/** What a server of that style answers where the specification has null. @throws JsonRpcError in the other styles. */
export function tellAbsent(style: AbsenceStyle, params: readonly unknown[]): null {
  const [block] = params
  if (style === 'null') return null
  if (style === 'geth')
    throw new JsonRpcError(-32000, labels.includes(block) ? `${block} block not found` : 'header not found')
  if (labels.includes(block)) throw new JsonRpcError(-39001, 'Unknown block')
  throw new JsonRpcError(-32001, `block not found: hash ${block}`)
}
