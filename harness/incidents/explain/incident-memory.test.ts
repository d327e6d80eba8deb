import { createHash } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import type { HeadLevel, WorldEvent } from '../../events/event.ts'
import { explainIncident } from './explain.ts'
import { createIncidentReader } from './incident.ts'

const startMs = 1_800_000_000_000
const nodes = ['sequencer', 'reference', 'follower']
/** New strings every time, as a parser makes them. */
const hash = (layer: string, number: number) =>
  `0x${createHash('sha256').update(`${layer} ${number}`).digest('hex')}`
const l1 = (number: number) => ({ number, hash: hash('l1', number) })

/** A healthy devstack of default block times, as a recorder tells it. */
function* healthy(hours: number): Generator<WorldEvent> {
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

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')
const usedBytes = () => {
  collect()
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
}

/** A day of a default devstack has 1.3 million of them: `explain` on it may take 500 MB with all that it is. */
const bytesPerEventMax = 70

it('keeps few bytes of each event, however long a recording is', { timeout: 60_000 }, () => {
  const read = (hours: number) => {
    const before = usedBytes()
    const reader = createIncidentReader()
    let events = 0
    for (const event of healthy(hours)) {
      reader.add(event)
      events++
    }
    const bytes = usedBytes() - before
    return { events, bytes, explanation: explainIncident(reader.incident()) }
  }
  const [short, long] = [read(0.5), read(2)]
  expect(short.explanation.findings).toEqual([])
  expect(long.explanation.findings).toEqual([])
  const perEvent = (long.bytes - short.bytes) / (long.events - short.events)
  expect(perEvent, `${short.bytes} bytes of ${short.events}, ${long.bytes} of ${long.events}`).toBeLessThan(
    bytesPerEventMax,
  )
})
