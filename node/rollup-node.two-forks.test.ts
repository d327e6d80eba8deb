import { afterEach, describe, expect, it } from 'vitest'
import { createTwoForksL1 } from './ports/testing/two-forks-l1.ts'
import {
  createNodeWorld,
  type NodeWorld,
  originsAreCanonical,
  type WorldNode,
  worldL1Options,
} from './testing/node-world.ts'

let world: NodeWorld
let nodes: WorldNode[] = []

afterEach(async () => {
  const failures = nodes.map((node) => node.failure)
  await world.stop()
  expect(failures).toEqual(nodes.map(() => null))
})

/** A node that derives and a sequencer that follows it (or one that does both), on an L1 endpoint that may split. */
async function atWork(who: 'two nodes' | 'alone' = 'two nodes') {
  const forks = createTwoForksL1(worldL1Options)
  world = createNodeWorld({ l1: forks.first, ownL1: forks.source })
  const alone = who === 'alone'
  const reference = await world.start('reference', alone ? { sequencer: {} } : {})
  const sequencer = alone ? reference : await world.start('sequencer', { follows: reference, sequencer: {} })
  nodes = alone ? [reference] : [reference, sequencer]
  await world.until('local-safe 8', () => nodes.every((node) => node.status().localSafeL2.number >= 8n))
  const resets = () => nodes.map(({ metrics }) => metrics.value('engine_resets_total'))
  return { forks, reference, sequencer, resets }
}

/** A generator of small numbers: two forks by luck, the same in every run. */
function luck(seed: number) {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state / 2 ** 31
  }
}

type Route = () => 'first' | 'second'

/** Half a minute of two forks in turn, then the second one for good. */
async function twoForksInTurn(
  { forks, sequencer, resets }: Awaited<ReturnType<typeof atWork>>,
  route: Route,
) {
  const before = resets()
  let highest = sequencer.status().unsafeL2.number
  let rewinds = 0
  forks.split(forks.first.head.number - 1n)
  forks.route = route
  for (let tick = 0; tick < 300; tick++) {
    await world.pass(0.1)
    const { number } = sequencer.status().unsafeL2
    if (number < highest) rewinds++
    highest = number
  }
  const during = resets().map((count, index) => count - (before[index] as number))
  expect(Math.max(...during), `resets ${during}`).toBeLessThanOrEqual(2)
  expect(rewinds).toBeLessThanOrEqual(1)

  forks.route = () => 'second'
  const wonAt = world.clock.nowMs()
  await world.until('every head on the fork that won', () =>
    nodes.every((node) => originsAreCanonical(forks.second, node)),
  )
  expect(world.clock.nowMs() - wonAt).toBeLessThan(6_000)
  const unsafe = sequencer.status().unsafeL2.number
  await world.until('goes on', () => nodes.every((node) => node.status().localSafeL2.number > unsafe + 5n))
}

describe('an L1 that shows two forks in turn: no storm of resets, and one chain once one fork wins', () => {
  const everyMs = (ms: number) => (): Route => () =>
    Math.floor(world.clock.nowMs() / ms) % 2 === 0 ? 'first' : 'second'
  it.each<[string, () => Route]>([
    [
      'at every call',
      () => {
        let calls = 0
        return () => (calls++ % 2 === 0 ? 'first' : 'second')
      },
    ],
    ['at every poll', everyMs(250)],
    ['every second', everyMs(1_000)],
  ])('%s', async (_, routeOf) => twoForksInTurn(await atWork(), routeOf()))

  // One node: two would take sides each for itself, and then differ on L2 as well.
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('by luck, seed %i', async (seed) => {
    const next = luck(seed)
    await twoForksInTurn(await atWork('alone'), () => (next() < 0.5 ? 'first' : 'second'))
  })
})

describe('an L1 that shows a fork from below what is finalized', () => {
  it('ends no node when it goes back to the other one soon', async () => {
    const { forks, reference, resets } = await atWork()
    await world.until('finalized', () =>
      nodes.every((node) => node.status().finalizedL2.l1Origin.number > 1n),
    )
    const finalized = reference.status().finalizedL2
    const before = resets()
    forks.split(1n)
    forks.route = () => 'second'
    const seen = ({ logger }: WorldNode) =>
      logger.lines.some(({ fields }) => /it has not spoken with one voice/.test(String(fields['error'])))
    await world.until('a reset finds finalized orphaned', () => nodes.every(seen))
    expect(nodes.map(({ failure }) => failure)).toEqual([null, null])
    expect(reference.status().finalizedL2).toEqual(finalized)

    forks.route = () => 'first'
    const unsafe = reference.status().unsafeL2.number
    await world.until('goes on', () =>
      nodes.every(
        (node) => node.status().localSafeL2.number > unsafe + 5n && originsAreCanonical(forks.first, node),
      ),
    )
    expect(resets()).not.toEqual(before)
  })
})

describe('a reorg that L1 shows with one voice', () => {
  it('is acted on at the second poll, once', async () => {
    const { forks, sequencer, resets } = await atWork()
    const before = resets()
    forks.split(forks.first.head.number - 1n)
    let looks = 0
    const { headerByLabel } = forks.second
    forks.second.headerByLabel = (label, signal) => {
      if (label === 'latest') looks++
      return headerByLabel(label, signal)
    }
    forks.route = () => 'second'
    while (looks < nodes.length) await world.pass(0.1)
    expect([looks, resets()]).toEqual([nodes.length, before])
    await world.pass(0.4)
    expect(nodes.every((node) => originsAreCanonical(forks.second, node))).toBe(true)
    const orphaned = sequencer.status().unsafeL2.number
    await world.until('goes on', () =>
      nodes.every((node) => node.status().localSafeL2.number > orphaned + 5n),
    )
    expect(resets().map((count, index) => count - (before[index] as number))).toEqual([1, 1])
  })

  it('leaves currentL1 at no moment on an orphan that the heads have left', async () => {
    const { forks, reference } = await atWork()
    const published: string[] = []
    reference.node.derivation.onCurrentL1((ref) => published.push(ref.hash))
    const before = reference.status()
    const orphan = before.currentL1
    const heads: bigint[] = []
    reference.node.engine.subscribe(({ localSafe }) => {
      heads.push(localSafe.number)
      const { currentL1 } = reference.status()
      if (localSafe.number < before.localSafeL2.number) expect(currentL1.hash).not.toBe(orphan.hash)
    })
    forks.split(before.currentL1.number)
    forks.route = () => 'second'
    await world.until('read again', () => reference.status().currentL1.number > before.currentL1.number, 10)
    const { number, hash } = reference.status().currentL1
    expect(forks.second.at(number).hash).toBe(hash)
    expect(heads.some((head) => head < before.localSafeL2.number)).toBe(true)
    // The first word after the reorg takes it back.
    expect(BigInt(published[0] as string)).toBe(0n)
  })
})
