import { startEngineServer } from '../../bench/footprint/engine-server.ts'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { l2BlockRefFromPayload } from '../../node/protocol/block-ref.ts'
import { isDepositTransaction } from '../../node/protocol/deposit-transaction.ts'
import type { Attack, Measured } from './attack.ts'
import { beaconLies, beaconOddities, beaconTurn, honestly } from './beacon-turns.ts'
import { type BlobL1, createBlobL1, type HostilePayloads } from './blob-l1.ts'
import { channelBombs } from './channel-bombs.ts'
import { within } from './gossip-stranger.ts'
import { nodeBound, startNodeVictim } from './node-victim.ts'
import { startTurncoat, type Turn, type Turncoat, turns } from './turncoat.ts'

const clock = createSystemClock()
/** So long a beacon lies. */
const lieMs = 4_000
/** Blocks that a node has derived before the attack. */
const honestL1Blocks = 2

interface BlobTarget {
  readonly l1: BlobL1
  readonly beacon: Turncoat
}

interface BlobAttackOptions {
  readonly name: string
  readonly bound?: Measured
  /** What the batcher and others put into an L1 block, beside the batches. */
  readonly hostile?: (l1Number: number) => Promise<readonly HostilePayloads[]>
  /** A beacon that stays honest, as the node's fallback. */
  readonly hasFallback?: boolean
  act(target: BlobTarget): Promise<void>
}

/**
 * An attack on a node that derives from blobs: in the end, does it have every block that the sequencer batched, with the
 * transactions and the L1 origin that it had there, and no other?
 */
function blobAttack({ name, bound = {}, hostile, hasFallback = false, act }: BlobAttackOptions): Attack {
  return {
    name,
    bound: { ...nodeBound, ...bound },
    async run(signal) {
      const l1 = await createBlobL1(hostile)
      await using stack = new AsyncDisposableStack()
      const engine = await startEngineServer(l1.config)
      stack.defer(() => engine.close())
      const l1Server = stack.use(await startTurncoat(l1.answer))
      const beacon = stack.use(await startTurncoat(beaconTurn(l1, honestly)))
      const fallback = stack.use(await startTurncoat(beaconTurn(l1, honestly)))
      l1.head = honestL1Blocks
      const { victim, whileAsked } = await startNodeVictim(stack, signal, {
        rollup: l1.config,
        flags: [
          ...['--l1', l1Server.url, '--l2', engine.url, '--l1.beacon', beacon.url],
          ...(hasFallback ? ['--l1.beacon-fallbacks', fallback.url] : []),
        ],
      })
      const derived = (l1Blocks: number) =>
        within(() => Number(engine.engine.l2.head.number) >= l1.batchedBy(l1Blocks), 60_000)
      if (!(await derived(honestL1Blocks)))
        throw new Error('expected the node to derive from blobs before the attack, it did not')
      await victim.begin()
      let lateMs = 0
      const answers = await whileAsked(async () => {
        await act({ l1, beacon })
        l1.head = l1.headMax
        const overMs = performance.now()
        await derived(l1.headMax)
        lateMs = Math.round(performance.now() - overMs)
      })
      const wrongHeads = wrongBlocks(l1, engine.engine.l2)
      return { ...(await victim.end()), ...answers, unasked: 0, wrongHeads, lateMs }
    },
  }
}

type L2 = Awaited<ReturnType<typeof startEngineServer>>['engine']['l2']

/** How many blocks are not there, or not as the sequencer made them. */
function wrongBlocks({ config, ...l1 }: BlobL1, l2: L2): number {
  const last = l1.batchedBy(l1.headMax)
  let wrong = Number(l2.head.number) === last ? 0 : 1
  for (let number = 1; number <= last; number++) {
    const payload = l2.get(BigInt(number))?.payload
    const expected = l1.block(number)
    const isRight =
      payload !== undefined &&
      l2BlockRefFromPayload(config, payload).l1Origin.hash === expected.l1Origin.hash &&
      payload.transactions.filter((raw) => !isDepositTransaction(raw)).join() === expected.transactions.join()
    if (!isRight) wrong++
  }
  return wrong
}

/** The beacon turns, L1 goes on, and a while later the beacon is honest again. */
const turned =
  (how: (l1: BlobL1) => Turn) =>
  async ({ l1, beacon }: BlobTarget) => {
    beacon.turn(how(l1))
    l1.head = l1.headMax - 1
    await clock.sleep(lieMs)
    if (beacon.asked === 0)
      throw new Error('expected the node to ask its beacon during the attack, it did not')
    beacon.turn(null)
  }

/** An answer that is none, to whoever asks for blobs. */
const slowTurns = [
  'a byte a second',
  'headers without an end',
  'a body of 1 GB',
  'a body without an end',
  'chunks of one byte without an end',
]

export const beaconAttacks: readonly Attack[] = [
  ...Object.entries(beaconLies).map(([name, lie]) =>
    blobAttack({ name: `node: the beacon answers with ${name}`, act: turned((l1) => beaconTurn(l1, lie)) }),
  ),
  ...Object.entries(beaconOddities).map(([name, oddity]) =>
    blobAttack({
      name: `node: the beacon answers with ${name}`,
      // It needs no honest answer.
      bound: { lateMs: 500 },
      async act({ l1, beacon }) {
        beacon.turn(beaconTurn(l1, oddity))
        l1.head = l1.headMax
        await clock.sleep(lieMs)
      },
    }),
  ),
  ...slowTurns.map((name) =>
    blobAttack({
      name: `node: the beacon answers ${name}`,
      act: turned((l1) => beaconTurn(l1, ({ request, response }) => turns[name]!(request, response))),
    }),
  ),
  blobAttack({
    name: 'node: the beacon floods with wrong blobs, its fallback is honest',
    hasFallback: true,
    bound: { lateMs: 30_000 },
    async act({ l1, beacon }) {
      const lie = beaconLies['200 blobs that are not there, each another']!
      // It never becomes honest: what is late is late because of it.
      beacon.turn(beaconTurn(l1, lie))
      l1.head = l1.headMax
      await clock.sleep(lieMs)
    },
  }),
  ...Object.entries(channelBombs).map(([name, make]) => {
    let bomb: Promise<readonly Uint8Array[]> | undefined
    return blobAttack({
      name: `node: in blobs of the batcher, ${name}`,
      bound: { lateMs: 60_000 },
      async hostile(number) {
        if (number <= honestL1Blocks || number % 2 === 1) return []
        bomb ??= make()
        return [{ from: 'batcher', payloads: await bomb }]
      },
      async act({ l1 }) {
        l1.head = l1.headMax
        await clock.sleep(lieMs)
      },
    })
  }),
  blobAttack({
    name: 'node: 6 blobs of a stranger in every L1 block, to the batch inbox',
    bound: { lateMs: 10_000 },
    hostile: async (number) => [
      { from: 'stranger', payloads: Array.from({ length: 6 }, (_, at) => Uint8Array.of(0, number, at)) },
    ],
    async act({ l1 }) {
      l1.head = l1.headMax
      await clock.sleep(lieMs)
    },
  }),
]
