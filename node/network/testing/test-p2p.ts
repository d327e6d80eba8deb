import { openLibp2pTransport } from '../../adapters/libp2p/libp2p-transport.ts'
import { createNoMetrics } from '../../adapters/metrics/no-metrics.ts'
import { createSystemClock } from '../../adapters/system/system-clock.ts'
import { createSystemRandom } from '../../adapters/system/system-random.ts'
import type { P2pConfig } from '../../config/node-config.ts'
import { createNodeMetrics } from '../../metrics.ts'
import type { GossipTransport, OpenGossipTransport } from '../../ports/gossip-transport.ts'
import type { Labels, MetricsRegistry } from '../../ports/metrics.ts'
import { createSilentLogger, type LoggedLine } from '../../ports/testing/silent-logger.ts'
import { gossipMessageId, gossipMessageLengthMax } from '../../protocol/gossip-message.ts'
import type { PayloadEnvelope } from '../../protocol/payload.ts'
import { peerScoring } from '../gossip-scoring.ts'
import { blocksTopic } from '../gossip-topics.ts'
import { type P2p, type P2pOptions, startP2p } from '../p2p.ts'
import { testRollupConfig } from './blocks.ts'
import { testP2pConfig } from './p2p-config.ts'

/** A node on the loopback address, and what it does, as promises. */
export interface TestP2p extends P2p {
  readonly received: readonly PayloadEnvelope[]
  /** Resolves with the next block that is delivered. */
  next(): Promise<PayloadEnvelope>
  /** Resolves with the next verdict on a message. */
  verdict(): Promise<Labels>
  /** Resolves once the node has said so. */
  logged(message: string): Promise<void>
  readonly id: string
  readonly address: string
  /** The lines that begin so. */
  lines(message: string): readonly LoggedLine[]
  /** What a counter came to, over all its labels. */
  counted(name: string): number
  /** Messages that were refused for one of the reasons. */
  verdicts(...reasons: readonly string[]): number
  /** Ids of the connected peers. */
  connected(): readonly string[]
}

const systemClock = createSystemClock()

/** On real sockets, unless another transport is given. */
export async function startTestP2p(
  p2p: Partial<P2pConfig> = {},
  change: Partial<P2pOptions> & { readonly chainId?: bigint } = {},
): Promise<TestP2p> {
  const received: PayloadEnvelope[] = []
  const waiting: ((envelope: PayloadEnvelope) => void)[] = []
  const logger = createSilentLogger()
  const waitingVerdict: ((labels: Labels) => void)[] = []
  const counts = new Map<string, number>()
  const refused = new Map<string, number>()
  const registry: MetricsRegistry = {
    ...createNoMetrics(),
    counter: (name) => ({
      inc(labels, by = 1) {
        counts.set(name, (counts.get(name) ?? 0) + by)
        const reason = String(labels?.['reason'])
        if (name === 'p2p_gossip_messages_total') refused.set(reason, (refused.get(reason) ?? 0) + by)
        if (name === 'p2p_gossip_messages_total') waitingVerdict.shift()?.(labels ?? {})
      },
    }),
  }
  const network = await startP2p({
    p2p: testP2pConfig(p2p),
    rollup: testRollupConfig('isthmus', change.chainId),
    openTransport: openLibp2pTransport,
    clock: systemClock,
    random: createSystemRandom(),
    logger,
    metrics: createNodeMetrics(registry),
    version: 'test',
    startDiscovery: null,
    ...change,
  })
  network.gossip.onPayload((envelope) => {
    received.push(envelope)
    waiting.shift()?.(envelope)
  })
  const self = network.admin.self() as { peerID: string; addresses: string[] }
  return {
    ...network,
    received,
    next: () => new Promise((resolve) => waiting.push(resolve)),
    verdict: () => new Promise((resolve) => waitingVerdict.push(resolve)),
    logged: (message) => until(() => logger.lines.some((line) => line.message.startsWith(message))),
    lines: (message) => logger.lines.filter((line) => line.message.startsWith(message)),
    counted: (name) => counts.get(name) ?? 0,
    verdicts: (...reasons) => reasons.reduce((sum, reason) => sum + (refused.get(reason) ?? 0), 0),
    id: self.peerID,
    address: self.addresses[0] as string,
    connected: () =>
      Object.keys((network.admin.peers(true) as { peers: Readonly<Record<string, unknown>> }).peers),
  }
}

/** A peer that publishes any bytes, connected to the victim and subscribed. The caller stops it. */
export async function startAttacker(
  victim: TestP2p,
  openTransport: OpenGossipTransport = openLibp2pTransport,
): Promise<GossipTransport> {
  const topic = blocksTopic(901n, 3)
  const attacker = await openTransport({
    listenHost: '127.0.0.1',
    listenPort: 0,
    privateKey: createSystemRandom().bytes(32),
    connectionsMax: 5,
    gate: { refusesPeer: () => false, refusesIp: () => false },
    topics: [topic],
    messageId: gossipMessageId,
    messageLengthMax: gossipMessageLengthMax,
    mesh: testP2pConfig().mesh,
    scoring: peerScoring('none', 2_000, () => 0),
    userAgent: 'attacker',
  })
  await attacker.start()
  attacker.subscribe(topic, () => 'accept')
  await attacker.dial(victim.address, new AbortController().signal)
  await until(() => attacker.subscribers(topic).length === 1)
  return attacker
}

/** Waits for something that another part of the network brings about; vitest ends it when it never comes. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await systemClock.sleep(10)
}
