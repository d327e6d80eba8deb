import { createHash } from 'node:crypto'
import type { HeadLevel, WorldEvent } from '../../events/event.ts'

const startMs = 1_800_000_000_000
const nodes = ['sequencer', 'reference', 'follower']
/** New strings every time, as a parser makes them. */
const hash = (layer: string, number: number) =>
  `0x${createHash('sha256').update(`${layer} ${number}`).digest('hex')}`
const l1 = (number: number) => ({ number, hash: hash('l1', number) })

/** A healthy devstack of default block times, as a recorder tells it. */
export function* healthy(hours: number): Generator<WorldEvent> {
  let seq = 0
  const at = (t: number) => ({ seq: seq++, t: startMs + t })
  const head = (node: string, level: HeadLevel, number: number, t: number): WorldEvent => ({
    ...at(t),
    ...{ kind: 'head', node, level },
    block: { number, hash: hash('l2', number), parent: hash('l2', number - 1) },
    ...(node.endsWith('-el') ? {} : { origin: l1(number >> 1) }),
  })
  yield {
    ...at(0),
    ...{ kind: 'run', version: 2, runId: 'day', scenario: 'day', topology: 'recording', runnerPid: 0 },
    startedAt: new Date(startMs).toISOString(),
    parameters: {
      ...{ l1BlockTime: 2, l2BlockTime: 1, follows: { follower: 'reference' } },
      ...{ cls: nodes, els: nodes.map((name) => `${name}-el`), l1: true },
    },
  }
  for (let second = 1; second < hours * 3600; second++) {
    const t = 1000 * second
    if (second % 2 === 0)
      yield { ...at(t), kind: 'l1-block', block: l1(second / 2), timestamp: second, fork: 0 }
    for (const [index, name] of nodes.entries()) {
      const later = t + 100 * (index + 1)
      yield head(name, 'unsafe', second, later)
      yield head(`${name}-el`, 'unsafe', second, later)
      if (second % 2 !== 0 || second < 10) continue
      for (const level of ['headL1', 'currentL1'] as const)
        yield { ...at(later), kind: 'head', node: name, level, block: l1(second / 2) }
      for (const level of ['localSafe', 'crossSafe'] as const) yield head(name, level, second - 6, later)
      yield head(`${name}-el`, 'crossSafe', second - 6, later)
      if (second % 16 === 0 && second > 32)
        for (const node of [name, `${name}-el`]) yield head(node, 'finalized', second - 24, later)
    }
  }
}
