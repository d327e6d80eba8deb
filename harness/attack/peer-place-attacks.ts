import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { createSystemRandom } from '../../node/adapters/system/system-random.ts'
import { createSilentLogger } from '../../node/ports/testing/silent-logger.ts'
import { parseGenesis } from '../el/execution/genesis.ts'
import { forkDigest } from '../el/peers/fork-digest.ts'
import type { PeerNetwork } from '../el/peers/peer-network.ts'
import { createTcpNetwork } from '../el/peers/tcp-network.ts'
import type { Attack } from './attack.ts'
import { type EngineTarget, engineAttack } from './engine-attack.ts'
import { within } from './gossip-stranger.ts'

const random = createSystemRandom()
const clock = createSystemClock()
/** More than an engine has places. */
const strangers = 80
const newcomerMsMax = 30_000
/** So long the strangers may need, on a busy machine too. */
const fullMsMax = 60_000

/** Another engine as far as its peers can see, which has no block. */
const emptyPeer = ({ chain, genesis }: EngineTarget): Promise<PeerNetwork> =>
  createTcpNetwork({
    ...{ host: '127.0.0.1', port: 0, chainId: chain.rollup.l2ChainId, genesisHash: genesis },
    ...{ forkDigest: forkDigest(parseGenesis(chain.genesisJson).config.forks), clientName: 'stranger' },
    ...{ chain: { headers: () => [], bodies: () => [], receipts: () => [] } },
    ...{ clock, random, logger: createSilentLogger() },
  })

export const peerPlaceAttacks: readonly Attack[] = [
  engineAttack({
    name: `peer port: ${strangers} silent engines take every place and come back, a newcomer`,
    bound: { newcomerMs: newcomerMsMax },
    async act(target) {
      await using stack = new AsyncDisposableStack()
      const open = async () => {
        const peer = await emptyPeer(target)
        stack.defer(() => peer.close())
        peer.add(target.peerUrl)
        return peer
      }
      const taking = await Promise.all(Array.from({ length: strangers }, open))
      const isFull = await within(
        () => taking.filter((peer) => peer.peers().length > 0).length >= 60,
        fullMsMax,
      )
      if (!isFull) throw new Error('expected the strangers to take the places, they did not')
      const beganMs = performance.now()
      const newcomer = await open()
      const isIn = await within(() => newcomer.peers().length > 0, newcomerMsMax)
      return { newcomerMs: isIn ? Math.round(performance.now() - beganMs) : Number.POSITIVE_INFINITY }
    },
  }),
]
