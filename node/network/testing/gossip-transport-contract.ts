import { sha256 } from '@noble/hashes/sha2'
import { afterEach, describe, expect, it } from 'vitest'
import type {
  GossipTransport,
  GossipTransportSettings,
  MessageVerdict,
  OpenGossipTransport,
  TransportEvent,
} from '../../ports/gossip-transport.ts'
import { peerScoring } from '../gossip-scoring.ts'
import { testP2pConfig } from './p2p-config.ts'
import { until } from './test-p2p.ts'

const topic = '/lockstep/test/blocks'
const other = '/lockstep/test/others'
const never = new AbortController().signal
let lastKey = 0

/** A transport under test and everything that it told. */
interface Subject extends GossipTransport {
  readonly address: string
  readonly events: readonly TransportEvent[]
  readonly received: readonly { readonly text: string; readonly from: string }[]
  /** What it says of the messages that come. */
  verdict: MessageVerdict
  dialTo(to: Subject): Promise<string>
  say(text: string): Promise<void>
}

/** What the node relies on of any transport: the suite that each of them passes. */
export function describeGossipTransport(name: string, open: OpenGossipTransport): void {
  const subjects: Subject[] = []
  afterEach(async () => {
    await Promise.all(subjects.splice(0).map((subject) => subject.stop()))
  })

  async function start(change: Partial<GossipTransportSettings> = {}): Promise<Subject> {
    lastKey++
    const transport = await open({
      listenHost: '127.0.0.1',
      listenPort: 0,
      privateKey: sha256(Uint8Array.of(lastKey)),
      connectionsMax: 10,
      gate: { refusesPeer: () => false, refusesIp: () => false },
      topics: [topic, other],
      messageId: (name, data) =>
        sha256(new TextEncoder().encode(`${name} ${new TextDecoder().decode(data)}`)),
      messageLengthMax: 10_000,
      mesh: testP2pConfig().mesh,
      scoring: peerScoring('light', 2_000, () => 0),
      userAgent: `subject/${lastKey}`,
      ...change,
    })
    const events: TransportEvent[] = []
    const received: { text: string; from: string }[] = []
    transport.listen((event) => events.push(event))
    await transport.start()
    const subject: Subject = {
      ...transport,
      address: transport.addresses()[0] as string,
      events,
      received,
      verdict: 'accept',
      dialTo: (to) => transport.dial(to.address, never),
      say: (text) => transport.publish(topic, new TextEncoder().encode(text)),
    }
    transport.subscribe(topic, (data, from) => {
      received.push({ text: new TextDecoder().decode(data), from })
      return subject.verdict
    })
    subjects.push(subject)
    return subject
  }

  const isConnected = (a: Subject, b: Subject) => a.connections().some(({ peerId }) => peerId === b.peerId)
  const knows = (a: Subject, b: Subject) =>
    a.subscribers(topic).includes(b.peerId) &&
    a.events.some(({ kind, peerId }) => kind === 'identified' && peerId === b.peerId)
  /** Connected, identified and subscribed, in both directions. */
  async function join(a: Subject, b: Subject): Promise<void> {
    await a.dialTo(b)
    await until(() => knows(a, b) && knows(b, a))
  }

  describe(`${name}: the gossip transport`, { timeout: 30_000 }, () => {
    it('says who and where it is', async () => {
      const a = await start()
      expect(a.address).toMatch(new RegExp(`^/ip4/127\\.0\\.0\\.1/tcp/[1-9]\\d*/p2p/${a.peerId}$`))
      expect(a.peerOf(a.address)).toBe(a.peerId)
      expect(a.publicKey(a.peerId)).toHaveLength(33)
      expect(a.protocols()).toContain('/meshsub/1.1.0')
      expect([a.connections(), a.subscribers(topic)]).toEqual([[], []])
    })

    it('reads names of peers', async () => {
      const a = await start()
      expect(a.parsePeerId(a.peerId)).toBe(a.peerId)
      for (const text of ['', 'x', a.address, `${a.peerId}x`]) expect(a.parsePeerId(text)).toBeNull()
      expect(a.peerOf('/ip4/127.0.0.1/tcp/1')).toBeNull()
      for (const text of ['x', '/nonsense/1']) expect(() => a.peerOf(text)).toThrow()
      expect([a.score('stranger'), a.behaviourPenalty('stranger')]).toEqual([0, 0])
    })

    it('tells both sides of a connection, and when it ends', async () => {
      const [a, b] = [await start(), await start()]
      await join(a, b)
      expect(a.connections()).toEqual([
        expect.objectContaining({ peerId: b.peerId, ip: '127.0.0.1', direction: 'outbound' }),
      ])
      expect(b.connections()).toMatchObject([{ peerId: a.peerId, ip: '127.0.0.1', direction: 'inbound' }])
      expect(b.events).toContainEqual({ kind: 'opened', peerId: a.peerId, direction: 'inbound' })
      expect(b.events).toContainEqual({ kind: 'connected', peerId: a.peerId })
      expect(b.events).toContainEqual({
        kind: 'identified',
        peerId: a.peerId,
        identity: expect.objectContaining({ userAgent: `subject/${lastKey - 1}`, protocols: a.protocols() }),
      })
      await a.hangUp(b.peerId)
      expect(isConnected(a, b)).toBe(false)
      await until(() => !isConnected(b, a))
      for (const [one, gone] of [[a, b] as const, [b, a] as const])
        expect(one.events.filter(({ kind }) => kind === 'disconnected')).toEqual([
          { kind: 'disconnected', peerId: gone.peerId },
        ])
      expect(a.subscribers(topic)).toEqual([])
    })

    it('dials a peer that is connected without another connection', async () => {
      const [a, b] = [await start(), await start()]
      await join(a, b)
      expect(await a.dialTo(b)).toBe(b.peerId)
      expect(a.connections()).toHaveLength(1)
    })

    it('brings a message to every subscriber once, through others, and never back', async () => {
      const [a, b, c] = [await start(), await start(), await start()]
      await join(a, b)
      await join(c, b)
      await a.say('one')
      await until(() => c.received.length === 1)
      expect(b.received).toEqual([{ text: 'one', from: a.peerId }])
      expect(c.received).toEqual([{ text: 'one', from: b.peerId }])
      // The same bytes again are no new message, whoever sends them.
      await c.say('one')
      await a.say('one')
      await a.say('two')
      await until(() => c.received.length === 2)
      expect([a.received, b.received.length, c.received.length]).toEqual([[], 2, 2])
    })

    it('drops a message that is not admitted, prepares one that is before it asks for its id, and knows who sent it', async () => {
      const asked: [string, string, string][] = []
      const named: string[] = []
      const prepared: string[] = []
      const a = await start()
      const b = await start({
        admits(on, data, from) {
          const text = new TextDecoder().decode(data)
          asked.push([on, text, from])
          return text !== 'no'
        },
        *prepare(_, data) {
          const text = new TextDecoder().decode(data)
          prepared.push(`${text} begins`)
          yield
          prepared.push(`${text} ends`)
        },
        messageId(_, data) {
          named.push(new TextDecoder().decode(data))
          if (named.at(-1) === 'yes') expect(prepared).toEqual(['yes begins', 'yes ends'])
          return sha256(data)
        },
      })
      await join(a, b)
      await a.say('no')
      await a.say('yes')
      await until(() => b.received.length === 1)
      expect(b.received).toEqual([{ text: 'yes', from: a.peerId }])
      expect(asked).toEqual([
        [topic, 'no', a.peerId],
        [topic, 'yes', a.peerId],
      ])
      expect(named).not.toContain('no')
      expect(prepared).toEqual(['yes begins', 'yes ends'])
    })

    it.each(['ignore', 'reject'] as const)('does not pass on what its owner says %s to', async (verdict) => {
      const [a, b, c] = [await start(), await start(), await start()]
      await join(a, b)
      await join(c, b)
      b.verdict = verdict
      await a.say('bad')
      await until(() => b.received.length === 1)
      b.verdict = 'accept'
      await a.say('good')
      await until(() => c.received.length === 1)
      expect(c.received).toEqual([{ text: 'good', from: b.peerId }])
    })

    it('sends nothing to who does not subscribe, and is content without anybody', async () => {
      const a = await start()
      await expect(a.say('to nobody')).resolves.toBeUndefined()
      const b = await start()
      await join(a, b)
      await a.publish(other, Uint8Array.of(1))
      await a.say('after it')
      await until(() => b.received.length > 0)
      expect(b.received.map(({ text }) => text)).toEqual(['after it'])
      expect(a.subscribers(other)).toEqual([])
    })

    it('does not carry messages that are too long', async () => {
      const [a, b] = [await start({ messageLengthMax: 100_000 }), await start()]
      await join(a, b)
      await a.say('x'.repeat(20_000))
      const c = await start()
      await join(c, b)
      await c.say('short')
      await until(() => b.received.length > 0)
      expect(b.received.map(({ text }) => text)).toEqual(['short'])
    })

    it('reads nothing of a peer with a low score, and goes on with others', async () => {
      const low = new Set<string>()
      const scoring = peerScoring('light', 2_000, (peer) => (low.has(peer) ? -41 : 0))
      const [a, b, c] = [await start({ scoring }), await start(), await start()]
      await join(b, a)
      await join(c, a)
      low.add(b.peerId)
      await until(() => a.score(b.peerId) < -40)
      expect(a.score(c.peerId)).toBe(0)
      const has = (text: string) => a.received.some((one) => one.text === text)
      // A transport may go by the score of a second ago.
      for (let round = 1; round === 1 || has(`from b ${round - 1}`); round++) {
        await b.say(`from b ${round}`)
        await c.say(`from c ${round}`)
        await until(() => has(`from c ${round}`))
      }
      const readOfB = a.received.filter(({ from }) => from === b.peerId).length
      await b.say('unread')
      await c.say('read')
      await until(() => has('read'))
      expect(a.received.filter(({ from }) => from === b.peerId)).toHaveLength(readOfB)
    })

    it('refuses peers and addresses in both directions', async () => {
      const refused = { peers: new Set<string>(), ips: new Set<string>() }
      const gate = {
        refusesPeer: (peer: string) => refused.peers.has(peer),
        refusesIp: (ip: string) => refused.ips.has(ip),
      }
      const [a, b] = [await start({ gate }), await start()]
      for (const [set, value] of [
        [refused.peers, b.peerId],
        [refused.ips, '127.0.0.1'],
      ] as const) {
        set.add(value)
        await expect(a.dialTo(b)).rejects.toThrow()
        // The dialler of a refused peer may learn only after the handshake.
        await b.dialTo(a).catch(() => {})
        await until(() => !isConnected(b, a))
        expect(a.events.filter(({ kind }) => kind === 'opened')).toEqual([])
        set.delete(value)
      }
      await join(b, a)
    })

    it('refuses connections beyond the maximum', async () => {
      const [a, b, c] = [await start({ connectionsMax: 1 }), await start(), await start()]
      await join(b, a)
      await expect(c.dialTo(a)).rejects.toThrow()
      expect(a.connections().map(({ peerId }) => peerId)).toEqual([b.peerId])
    })

    it('has no more connections than that when all come at once', async () => {
      const [a, ...others] = await Promise.all([
        start({ connectionsMax: 2 }),
        ...[1, 2, 3, 4, 5].map(() => start()),
      ])
      let most = 0
      a.listen(() => {
        most = Math.max(most, a.connections().length)
      })
      await Promise.all(others.map((other) => other.dialTo(a).catch(() => {})))
      await until(() => others.filter((other) => other.connections().length > 0).length === 2)
      expect(most).toBe(2)
    })

    it('cannot dial where nobody listens, somebody else does, or when it is told to stop', async () => {
      const [a, b, gone] = [await start(), await start(), await start()]
      await gone.stop()
      await expect(a.dialTo(gone)).rejects.toThrow()
      await expect(a.dial(b.address.replace(b.peerId, gone.peerId), never)).rejects.toThrow()
      await expect(a.dial(b.address, AbortSignal.abort(new Error('stop')))).rejects.toThrow()
      expect(a.connections()).toEqual([])
    })

    it('says that a port is taken', async () => {
      const a = await start()
      const listenPort = Number(/\/tcp\/(\d+)\//.exec(a.address)?.[1])
      await expect(start({ listenPort })).rejects.toThrow(/EADDRINUSE/)
    })

    it('ends its connections when it stops', async () => {
      const [a, b] = [await start(), await start()]
      await join(a, b)
      await a.stop()
      await until(() => !isConnected(b, a))
      expect(b.events.at(-1)?.kind).toBe('disconnected')
    })
  })
}
