import { describe, expect, it } from 'vitest'
import { readLogLine } from '../../../events/log-line.ts'
import { lineReaders } from './readers.ts'

const a = `0x${'a1'.repeat(32)}`
const b = `0x${'b2'.repeat(32)}`
const c = `0x${'c3'.repeat(32)}`

/** What the first reader that knows each line says of it. */
function read(lines: readonly string[]): readonly unknown[] {
  const readers = lineReaders.map((create) => create('n'))
  return lines.map((raw) => {
    const line = readLogLine(raw)
    if (line === null) throw new Error(`expected a line that can be read, found ${raw}`)
    const known = { ...line, message: line.message.replace(/^(?:[a-z_0-9]+(?:::[a-z_0-9]+)*: )+/, '') }
    return readers.map((reader) => reader.read(known)).find((said) => said !== null) ?? null
  })
}
const head = (level: string, number: number, hash: string, more: object = {}) => ({
  ...{ kind: 'head', of: 'self', level },
  block: { number, hash, ...more },
})
const reach = (mark: string) => ({ kind: 'fact', fact: { kind: 'reach', mark, node: 'n' } })

describe('lines of clients', () => {
  it.each<{ name: string; lines: readonly string[]; says: unknown }>([
    {
      name: 'op-node tells its heads',
      lines: [
        `t=2026-11-28T11:45:13+0000 lvl=info msg="Sync progress" reason="new chain head block" l2_finalized=${a}:1 l2_safe=${b}:2 l2_pending_safe=${b}:2 l2_unsafe=${c}:3 l2_backup_unsafe=0x0:0 l2_time=17`,
      ],
      says: [head('unsafe', 3, c), head('localSafe', 2, b), head('crossSafe', 2, b), head('finalized', 1, a)],
    },
    {
      name: 'op-node in its terminal format cuts hashes',
      lines: [
        'INFO [11-28|11:45:13.000] Sync progress      reason="x" l2_finalized=a1a1a1..a1a1a1:1 l2_safe=b2b2b2..b2b2b2:2 l2_unsafe=c3c3c3..c3c3c3:1234',
      ],
      says: expect.arrayContaining([head('unsafe', 1234, 'c3c3c3..c3c3c3')]),
    },
    {
      name: 'op-node, JSON with objects, tells origins too',
      lines: [
        JSON.stringify({
          ...{ t: '2026-11-28T11:45:13Z', lvl: 'info', msg: 'Sync progress' },
          l2_unsafe: { hash: c, number: 3, parentHash: b, timestamp: 1, l1origin: { hash: a, number: 9 } },
        }),
      ],
      says: [head('unsafe', 3, c, { parent: b, origin: { number: 9, hash: a } })],
    },
    {
      name: 'op-node follows: the currentL1 of a status is its own when the status was found good',
      lines: [
        `t=2026-11-28T11:45:13+0000 lvl=info msg="Follow Upstream" eSafe=${b}:2 eLocalSafe=${b}:2 eFinalized=${a}:1 eCurrentL1=${c}:7`,
        't=2026-11-28T11:45:13+0000 lvl=info msg="Follow Source: Process external refs" currentUnsafe=0x0:0',
      ],
      says: [head('currentL1', 7, c)],
    },
    {
      name: 'op-node refuses a status that L1 contradicts, and names the block of L1',
      lines: [
        `t=2026-11-28T11:45:13+0000 lvl=warn msg="Follow Upstream: Invalid external safe: L1 origin of external safe head mismatch" actual=${a}:7 expected=${b}:7`,
      ],
      says: [reach('dropped_not_canonical'), { kind: 'l1', block: { number: 7, hash: a }, isHead: false }],
    },
    {
      name: 'op-node resets for an L1 reorg',
      lines: [
        't=2026-11-28T11:45:13+0000 lvl=warn msg="Deriver system is resetting" err="reset: detected L1 reorg from x to y"',
        `t=2026-11-28T11:45:13+0000 lvl=info msg="Reset of Engine is completed" local_unsafe=${a}:1 cross_unsafe=${a}:1 local_safe=${a}:1 cross_safe=${a}:1 finalized=${a}:1`,
      ],
      says: expect.arrayContaining([reach('reset by L1 reorg'), head('unsafe', 1, a)]),
    },
    {
      name: 'kona-node tells a safe head',
      lines: [
        `2026-11-28T11:45:13.123456Z  INFO engine: Updated safe head via follow safe hash=${a} number=5 fcu_duration=1.2ms`,
      ],
      says: [head('localSafe', 5, a), head('crossSafe', 5, a)],
    },
    {
      name: 'kona-node in its logfmt',
      lines: [
        `time="2026-11-28T11:45:13.123456Z" level=INFO target=engine Inserted new unsafe block hash=${a} number=5 total_duration=1ms`,
      ],
      says: [head('unsafe', 5, a)],
    },
    {
      name: 'kona-node, JSON, tells where a block stands',
      lines: [
        JSON.stringify({
          ...{ timestamp: '2026-11-28T11:45:13Z', level: 'INFO', target: 'engine' },
          fields: {
            message: 'Sending new safe head to derivation actor',
            safe_head: `L2BlockInfo { block_info: BlockInfo { hash: ${a}, number: 5, parent_hash: ${b}, timestamp: 1 }, l1_origin: NumHash { number: 3, hash: ${c} }, seq_num: 0 }`,
          },
        }),
      ],
      says: [{ kind: 'block', block: { number: 5, hash: a, parent: b, origin: { number: 3, hash: c } } }],
    },
    {
      name: 'kona-node finds that its source is on another L1',
      lines: [
        `2026-11-28T11:45:13Z  WARN derivation: L1 inconsistency detected at sync status from delegate context="Current L1" error=L1 inconsistency in Current L1 at block 7: expected ${b}, got ${a}`,
      ],
      says: [reach('dropped_not_canonical'), { kind: 'l1', block: { number: 7, hash: a }, isHead: false }],
    },
    {
      name: 'geth tells its head',
      lines: [
        'INFO [11-28|11:45:13.000] Chain head was updated                   number=4,066,054 hash=fe6131..8bfd42 root=74b0c0..f0c70a elapsed="83.46µs"',
      ],
      says: [{ kind: 'syncing', syncing: false }, head('unsafe', 4_066_054, 'fe6131..8bfd42')],
    },
    {
      name: 'reth is told of a head that it does not have',
      lines: [
        `2026-11-28T11:45:13Z  INFO reth_node_events::node: Received forkchoice updated message when syncing head_block_hash=${a}`,
      ],
      says: [{ kind: 'syncing', syncing: true }],
    },
    {
      name: 'ours tells its heads',
      lines: [
        '11:45:13.000 INFO  heads      unsafe=9:0xc3c3c3c3… safe=8:0xb2b2b2b2… finalized=7:0xa1a1a1a1… currentL1=3:0xa1a1a1a1…',
      ],
      says: expect.arrayContaining([head('localSafe', 8, '0xb2b2b2b2'), head('currentL1', 3, '0xa1a1a1a1')]),
    },
    {
      name: 'nobody knows it',
      lines: ['INFO [11-28|11:45:13.000] Looking for peers      peercount=1'],
      says: null,
    },
  ])('$name', ({ lines, says }) => expect(read(lines).at(-1)).toEqual(says))
})
