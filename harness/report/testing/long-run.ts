import { createHash } from 'node:crypto'
import type { Fact, WorldEvent } from '../../events/event.ts'

/** The same block of the same chain has the same hash, as in a real run; no two others have. */
const hashOf = (chain: string, number: number) =>
  `0x${createHash('sha256').update(`${chain} ${number}`).digest('hex')}`
const nodes = ['sequencer', 'reference', 'follower']

/** A run like those of a soak, with as many events as are wanted: heads, polls, engine calls, gossip, logs. */
export function longRun(events: number): readonly WorldEvent[] {
  const stream: WorldEvent[] = []
  let t = 1_795_800_000_000
  const tell = (fact: Fact) => {
    if (stream.length < events) stream.push({ seq: stream.length, t, ...fact })
  }
  const run = { runId: 'long', scenario: 'Long_Run', topology: 'twoVerifiersFollowing', runnerPid: 1 }
  tell({ kind: 'run', version: 2, ...run, startedAt: '2026-11-28T00:00:00.000Z', parameters: { seed: 'ab' } })
  const l2 = (number: number) => ({ number, hash: hashOf('l2', number) })
  const l1 = (number: number) => ({ number, hash: hashOf('l1', number) })
  for (let number = 1; stream.length < events; number++) {
    t += 400
    const epoch = number >> 2
    if (number % 4 === 0)
      tell({ kind: 'l1-block', block: l1(epoch), timestamp: Math.round(t / 1000), fork: 0 })
    tell({ kind: 'gossip', node: 'sequencer', action: 'publish', block: l2(number) })
    for (const node of nodes) {
      t += 130
      const link = `${node}→${node}-el(engine)`
      const block = { ...l2(number), parent: hashOf('l2', number - 1) }
      tell({
        kind: 'engine',
        link,
        method: 'engine_newPayloadV4',
        block,
        status: 'VALID',
        outcome: 'ok',
        durationMs: 3,
      })
      tell({ kind: 'head', node, level: 'unsafe', block: l2(number) })
      if (number % 4 === 0) tell({ kind: 'head', node, level: 'localSafe', block: l2(number - 4) })
      if (number % 4 === 0) tell({ kind: 'head', node, level: 'currentL1', block: l1(epoch) })
      tell({
        kind: 'rpc',
        link: `${node}→l1`,
        methods: ['eth_getBlockByNumber'],
        outcome: 'ok',
        durationMs: 2,
      })
      if (number % 7 === 0)
        tell({ kind: 'log', component: node, level: 'warn', message: `line ${number} of ${node}` })
    }
    const head = (at: number) => ({ ...l2(at), origin: l1(at >> 2) })
    const heads = {
      ...{
        unsafe: head(number),
        localSafe: head(Math.max(0, number - 4)),
        crossSafe: head(Math.max(0, number - 4)),
      },
      ...{ finalized: head(Math.max(0, number - 40)), currentL1: l1(epoch) },
    }
    tell({ kind: 'source', follower: 'follower', source: 'reference', outcome: 'ok', durationMs: 4, heads })
  }
  return stream
}
