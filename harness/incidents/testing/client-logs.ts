import type { HeadLevel, WorldEvent } from '../../events/event.ts'

/** The log that a client would have written, from the moves of its heads: lines made by hand after the clients' call sites. */
export type ClientLog = (events: readonly WorldEvent[], node: string) => readonly string[]

type HeadEvent = Extract<WorldEvent, { kind: 'head' }>
type Heads = Partial<Record<HeadLevel, HeadEvent>>

const zeroHash = `0x${'00'.repeat(32)}`
const iso = (t: number) => new Date(t).toISOString()
const id = (head: HeadEvent | undefined) =>
  head === undefined ? `${zeroHash}:0` : `${head.block.hash}:${head.block.number}`

/** The moves of one node; those that one status told come together, with all heads as they are then. */
function statuses(
  events: readonly WorldEvent[],
  node: string,
): readonly { readonly t: number; readonly moved: Heads; readonly before: Heads; readonly heads: Heads }[] {
  const found: { t: number; moved: Heads; before: Heads; heads: Heads }[] = []
  for (const event of events) {
    if (event.kind !== 'head' || event.node !== node) continue
    const last = found.at(-1)
    if (last !== undefined && event.t - last.t < 20 && last.moved[event.level] === undefined) {
      last.moved[event.level] = event
      last.heads[event.level] = event
    } else
      found.push({
        t: event.t,
        moved: { [event.level]: event },
        before: { ...last?.heads },
        heads: { ...last?.heads, [event.level]: event },
      })
  }
  return found
}

/** The parent of every L1 block that the events tell. */
function l1Parents(events: readonly WorldEvent[]): ReadonlyMap<string, string> {
  const canonical = new Map<number, string>()
  const parents = new Map<string, string>()
  for (const event of events) {
    if (event.kind !== 'l1-block') continue
    const { number, hash } = event.block
    canonical.set(number, hash)
    const parent = canonical.get(number - 1)
    if (parent !== undefined) parents.set(hash, parent)
  }
  return parents
}

/** op-node's logfmt, or JSON. A node that `derives` advances its origin; others are told of it by their source. */
export function opNodeLog({
  derives,
  json,
}: {
  readonly derives: boolean
  readonly json: boolean
}): ClientLog {
  return (events, node) => {
    const parents = l1Parents(events)
    return statuses(events, node).flatMap(({ t, moved, before, heads }) => {
      const lines: string[] = []
      const write = (lvl: string, msg: string, fields: Readonly<Record<string, string>>) =>
        lines.push(
          json
            ? JSON.stringify({ t: iso(t), lvl, msg, ...fields })
            : `t=${iso(t).replace('Z', '+0000')} lvl=${lvl} msg=${JSON.stringify(msg)} ${Object.entries(
                fields,
              )
                .map(([name, value]) => `${name}=${value}`)
                .join(' ')}`,
        )
      const { headL1, currentL1 } = moved
      if (headL1 !== undefined) {
        if (before.headL1 === undefined)
          write('info', 'Received first L1 head signal', { l1_head: id(headL1) })
        else if (headL1.block.number !== before.headL1.block.number + 1)
          write('warn', 'L1 head signal indicates a possible L1 re-org', {
            ...{ old_l1_head: id(before.headL1), new_l1_head: id(headL1) },
            new_l1_head_parent: parents.get(headL1.block.hash) ?? zeroHash,
          })
      }
      if (currentL1 !== undefined)
        if (derives) {
          const isBack = (before.currentL1?.block.number ?? -1) >= currentL1.block.number
          write('info', isBack ? 'completed reset of derivation pipeline' : 'Advancing bq origin', {
            ...{ origin: id(currentL1), originBehind: 'false' },
          })
        } else {
          write('info', 'Follow Upstream', {
            ...{
              eSafe: id(heads.crossSafe),
              eLocalSafe: id(heads.localSafe),
              eFinalized: id(heads.finalized),
            },
            eCurrentL1: id(currentL1),
          })
          write('info', 'Follow Source: Process external refs', { currentUnsafe: id(heads.unsafe) })
        }
      if (moved.unsafe ?? moved.crossSafe ?? moved.localSafe ?? moved.finalized)
        write('info', 'Sync progress', {
          ...{
            reason: '"new chain head block"',
            l2_finalized: id(heads.finalized),
            l2_safe: id(heads.crossSafe),
          },
          ...{
            l2_pending_safe: id(heads.crossSafe),
            l2_unsafe: id(heads.unsafe),
            l2_backup_unsafe: id(undefined),
          },
          l2_time: String(Math.floor(t / 1000)),
        })
      return lines
    })
  }
}

/** kona-node's default text format, or JSON. */
export function konaNodeLog({ json }: { readonly json: boolean }): ClientLog {
  return (events, node) => {
    const parents = l1Parents(events)
    const l1Block = ({ block }: HeadEvent) => rustBlock(block, parents.get(block.hash))
    return statuses(events, node).flatMap(({ t, moved }) => {
      const write = (target: string, message: string, fields: Readonly<Record<string, string | number>>) =>
        json
          ? JSON.stringify({ timestamp: iso(t), level: 'INFO', fields: { message, ...fields }, target })
          : `${iso(t)}  INFO ${target}: ${message} ${Object.entries(fields)
              .map(([name, value]) => `${name}=${value}`)
              .join(' ')}`
      const { unsafe, localSafe, finalized, headL1 } = moved
      const named = ({ block: { hash, number } }: HeadEvent) => ({ hash, number })
      return [
        ...(headL1 === undefined
          ? []
          : [write('derivation', 'Processing l1 head update', { l1_head: l1Block(headL1) })]),
        ...(unsafe === undefined ? [] : [write('engine', 'Inserted new unsafe block', named(unsafe))]),
        ...(localSafe === undefined
          ? []
          : [
              write('engine', 'Updated safe head via follow safe', {
                ...named(localSafe),
                fcu_duration: '1.2ms',
              }),
              write('engine', 'Sending new safe head to derivation actor', {
                safe_head: `L2BlockInfo { block_info: ${rustBlock(localSafe.block, localSafe.block.parent)}, l1_origin: NumHash { number: ${localSafe.origin?.number ?? 0}, hash: ${localSafe.origin?.hash ?? zeroHash} }, seq_num: 0 }`,
              }),
            ]),
        ...(finalized === undefined ? [] : [write('engine', 'Updated finalized head', named(finalized))]),
      ]
    })
  }
}

function rustBlock({ hash, number }: HeadEvent['block'], parent = zeroHash): string {
  return `BlockInfo { hash: ${hash}, number: ${number}, parent_hash: ${parent}, timestamp: 1700000000 }`
}

/** geth's terminal format: no year, cut hashes, thousands with commas. A head that goes back is a start from what is left. */
export const gethLog: ClientLog = (events, node) =>
  statuses(events, node).flatMap(({ t, moved: { unsafe }, before }) => {
    if (unsafe === undefined) return []
    const { number, hash } = unsafe.block
    const isStart = number < (before.unsafe?.block.number ?? 0)
    const message = isStart ? 'Loaded most recent local block' : 'Chain head was updated'
    const time = `${iso(t).slice(5, 10)}|${iso(t).slice(11, 23)}`
    return [
      `INFO [${time}] ${message.padEnd(40)} number=${number.toLocaleString('en-US')} hash=${hash.slice(2, 8)}..${hash.slice(-6)} elapsed="80.1µs"`,
    ]
  })

/** The lines of our own node that tell heads: at most one in ten seconds, and no date. */
export const lockstepNodeLog: ClientLog = (events, node) => {
  let last = 0
  return statuses(events, node).flatMap(({ t, moved, heads }) => {
    if (t - last < 10_000 || (moved.unsafe ?? moved.localSafe) === undefined) return []
    last = t
    const ref = (head: HeadEvent | undefined) =>
      head === undefined ? '0:0x00000000…' : `${head.block.number}:${head.block.hash.slice(0, 10)}…`
    return [
      `${iso(t).slice(11, 23)} INFO  ${'heads'.padEnd(32)} unsafe=${ref(heads.unsafe)} localSafe=${ref(heads.localSafe)} safe=${ref(heads.crossSafe)} finalized=${ref(heads.finalized)} currentL1=${ref(heads.currentL1)}`,
    ]
  })
}
