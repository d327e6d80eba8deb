import { afterEach, beforeEach, expect, it } from 'vitest'
import { createGossipNetwork, type GossipNetwork } from './network.ts'
import { createFakeRun, type FakeRun } from './testing/fake-run.ts'

let fake: FakeRun
let network: GossipNetwork<'sequencer' | 'reference' | 'follower'>
beforeEach(() => {
  fake = createFakeRun()
  network = createGossipNetwork(fake.run)
})
afterEach(() => fake.stop())

const peers = async () => {
  const { sequencer, reference, follower } = fake.nodes
  return Promise.all([sequencer, reference, follower].map(({ node }) => node.network.peers()))
}

it('cuts and heals two nodes, and leaves the third connected to both', async () => {
  await network.cut('sequencer', 'follower')
  expect(await peers()).toEqual([
    ['reference'],
    expect.arrayContaining(['sequencer', 'follower']),
    ['reference'],
  ])
  expect(fake.run.activity.deeds()).toEqual([
    'sequencer: cut off from follower by the scenario 0 ms ago',
    'follower: cut off from sequencer by the scenario 0 ms ago',
  ])
  await network.heal('follower', 'sequencer')
  expect((await peers()).map((names) => names.length)).toEqual([2, 2, 2])
})

it('isolates one node and lets it rejoin', async () => {
  const { network: own } = fake.nodes.follower.node
  await own.isolate()
  expect(await peers()).toEqual([['reference'], ['sequencer'], []])
  await own.rejoin()
  await own.joined()
  expect((await peers())[2]).toHaveLength(2)
})

it('lets the other side dial when one refuses, and says why neither could', async () => {
  const { follower, reference } = fake.nodes
  await network.cut('sequencer', 'follower')
  follower.dialError = new Error('Peer not connected')
  const healed = network.heal('follower', 'sequencer')
  await fake.clock.advance(5_000)
  await healed
  expect((await peers())[2]).toHaveLength(2)

  await network.cut('reference', 'follower')
  reference.dialError = new Error('dial backoff')
  const never = network.heal('follower', 'reference').catch((error: unknown) => error)
  await fake.clock.advance(60_000)
  expect(String(await never)).toMatch(
    /follower could not connect: Peer not connected; reference could not connect: dial backoff/,
  )
})
