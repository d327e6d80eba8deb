import { expect, it } from 'vitest'
import { JsonRpcError, rpcErrorCode } from '../../node/json-rpc/errors.ts'
import { blockIdToJson } from '../../node/protocol/sync-status-json.ts'
import { l1, l2 } from '../invariants/testing/fake-world.ts'
import type { SafeHeadAtL1 } from '../world/safe-head-at-l1.ts'
import type { ClHandle } from '../world/world.ts'
import { wrongRecord } from './safe-head-records.ts'

type Entries = readonly SafeHeadAtL1[]

/** A node that answers with its newest entry at or below that L1 block, and knows nothing in its gaps. */
function recording(
  name: string,
  entries: Entries,
  { gaps = [] as number[], safeDb = true, read = 6n } = {},
): ClHandle {
  return {
    name,
    spec: safeDb ? { safeDb } : {},
    status: { latest: { status: { currentL1: { number: read } } } },
    rpc: {
      async request(_method: string, params: readonly [string]) {
        const number = BigInt(params[0])
        const entry = entries.findLast(({ l1Block }) => l1Block.number <= number)
        if (entry === undefined || gaps.includes(Number(number)))
          throw new JsonRpcError(rpcErrorCode.server, 'not found')
        return { l1Block: blockIdToJson(entry.l1Block), safeHead: blockIdToJson(entry.safeHead) }
      },
    },
  } as unknown as ClHandle
}

const entry = (at: number, safe: number, fork?: string): SafeHeadAtL1 => ({
  l1Block: l1(at, fork),
  safeHead: l2(safe),
})
const derived = [entry(0, 0), entry(3, 4), entry(5, 9)]
const { signal } = new AbortController()
const judge = (...nodes: ClHandle[]) =>
  wrongRecord({ failed: signal }, recording('fresh', derived), [recording('other', derived), ...nodes])

it.each<
  readonly [name: string, entries: Entries, options: Parameters<typeof recording>[2], wrong: RegExp | null]
>([
  ['the same', derived, {}, null],
  ['nothing', [], {}, null],
  ['the same, where it begins later', derived.slice(1), {}, null],
  ['another safe head, where it knows nothing', [entry(3, 3)], { gaps: [3, 4, 5] }, null],
  ['less, where it has not read L1', derived.slice(0, 2), { read: 5n }, null],
  ['less, where it has read L1', derived.slice(0, 2), {}, /^at L1 block 5: expected 9:.* found 4:/],
  ['another one, and keeps no record', [entry(3, 3)], { safeDb: false }, null],
  [
    'another safe head',
    [entry(0, 0), entry(3, 3)],
    {},
    /^at L1 block 3: expected 4:.* found 3:.* on the record of node$/,
  ],
  ['it later', [entry(0, 0), entry(4, 4)], {}, /^at L1 block 3: expected 4:.* found 0:/],
  [
    'it from another fork',
    [entry(3, 4, 'b')],
    {},
    /^at L1 block 3: expected 4:.* since L1 block 3:.* found 4:/,
  ],
])('a node has on record %s', async (_, entries, options, wrong) => {
  const found = await judge(recording('node', entries, options))
  if (wrong === null) expect(found).toBeNull()
  else expect(found).toMatch(wrong)
})
