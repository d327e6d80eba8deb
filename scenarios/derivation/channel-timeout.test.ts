import { expect, type Fixtures, forksActiveFrom, scenario } from 'lockstep'
import { twoVerifiersFollowing as topology } from 'lockstep/topologies'

/** Before Granite the chain decides, and a channel bank keeps the frames; from then on 50, and a channel assembler. */
scenario(
  'Derivation_ChannelTimeout',
  {
    claim:
      'A channel that stays open for 50 L1 blocks is derived, and one that takes one block more is not (Granite).',
    tags: ['derivation', 'channels'],
    topology,
    parameters: { forks: forksActiveFrom('jovian') },
    stopped: ['l1', 'batcher'],
  },
  closesChannelsAround(50),
)
scenario(
  'Derivation_ChannelTimeout_BeforeGranite',
  {
    claim: 'Before Granite the chain decides how long a channel may stay open, to the block.',
    tags: ['derivation', 'channels', 'forks'],
    topology,
    parameters: { forks: forksActiveFrom('fjord'), channelTimeout: 4 },
    stopped: ['l1', 'batcher'],
  },
  closesChannelsAround(4),
)

/** A channel may take as many L1 blocks as the timeout says, and not one more (derivation.md, "Timeouts"). */
function closesChannelsAround(timeout: number) {
  return async (devstack: Fixtures<keyof typeof topology.cls>) => {
    const { sequencer, reference, nodes, l1, batcher, inbox, step } = devstack
    const starts = nodes.map(({ starts }) => starts)
    const last = await sequencer.reached('unsafe', 6)

    /** A channel whose last frames come that many L1 blocks after its first; resolves when they are derived. */
    const spread = async (first: number, last: number, l1Blocks: number) => {
      const channel = await inbox.channel(await inbox.blocks(sequencer, first, last), { maxFrameBytes: 60 })
      expect(channel.length).toBeGreaterThan(1)
      await inbox.send(channel.slice(0, 1))
      await l1.mine({ blocks: l1Blocks })
      await inbox.send(channel.slice(1))
      const [closed] = await l1.mine({ blocks: 2 })
      await reference.derivedFrom(closed!)
    }
    const safeHead = async () => (await reference.head('localSafe')).number

    await step('a channel that takes as long as it may is derived', async () => {
      await spread(1, 3, timeout)
      expect(await safeHead()).toBe(3n)
    })
    await step('a channel that takes one L1 block more is not', async () => {
      await spread(4, 6, timeout + 1)
      expect(await safeHead()).toBe(3n)
    })
    await step('its blocks become safe by the next channel that holds them', async () => {
      await batcher.start()
      await batcher.pendingTransaction()
      await l1.mine()
      await Promise.all(nodes.map((node) => node.reached('localSafe', last.number)))
      await Promise.all(nodes.map((node) => node.holds(last)))
    })
    expect(nodes.map(({ starts }) => starts)).toEqual(starts)
  }
}
