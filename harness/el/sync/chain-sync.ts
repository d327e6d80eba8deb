import type { Hash } from 'viem'
import { errorText } from '../../../node/concurrency/error-text.ts'
import { createWakeup } from '../../../node/concurrency/wakeup.ts'
import type { Clock } from '../../../node/ports/clock.ts'
import type { Logger } from '../../../node/ports/logger.ts'
import type { ForkchoiceState, PayloadEnvelope } from '../../../node/protocol/payload.ts'
import { zeroHash } from '../../../node/protocol/refs.ts'
import type { Chain } from '../chain/chain.ts'
import { type BlockHeader, headerFromPayload } from '../chain/header.ts'
import { statesKept } from '../chain/retention.ts'
import { peerLimits } from '../peers/messages.ts'
import { type Peer, PeerError, type PeerNetwork } from '../peers/peer-network.ts'
import { HeaderCache, type HeaderLink } from './header-cache.ts'
import { downloadBodies, downloadHeaders, type NamedHeader } from './verified-download.ts'

export interface ChainSyncOptions {
  readonly chain: Chain
  readonly network: PeerNetwork
  readonly clock: Clock
  readonly logger: Logger
  /** Links of a gap that are held at once; a longer one is closed in several rounds. Default 131 072. */
  readonly linksMax?: number
  /** Headers that are held at once; more are downloaded once more when it is their turn. Default 1 024. */
  readonly headersMax?: number
  /** Blocks whose bodies are asked for at once. Default 64. */
  readonly batchBlocks?: number
}

/** What `eth_syncing` shows. */
export interface SyncProgress {
  readonly startingBlock: bigint
  readonly currentBlock: bigint
  readonly highestBlock: bigint
}

/** A block that is missing. */
interface MissingBlock extends HeaderLink {
  readonly hash: Hash
}

/** No connected peer has what is needed. */
class NoPeerError extends Error {
  override readonly name = 'NoPeerError'
}

const retryMs = 1_000
const logEveryMs = 5_000

/**
 * Brings the chain to the head of a forkchoice update that names a block which is not here: headers backward from
 * that head until a block that is here, then bodies, executed in order, then the update itself. It starts only by such
 * an update; a later one moves the goal without losing what was downloaded. A chain that only grows grows batch by batch,
 * as geth's: so old states go meanwhile, and no step is as large as the gap.
 */
export class ChainSync {
  readonly #options: ChainSyncOptions
  readonly #headers: HeaderCache
  readonly #linksMax: number
  readonly #wakeup = createWakeup()
  #goal: ForkchoiceState | null = null
  #progress: SyncProgress | null = null
  #loggedMs = 0
  #turn = 0

  constructor(options: ChainSyncOptions) {
    this.#options = options
    this.#linksMax = options.linksMax ?? 131_072
    this.#headers = new HeaderCache({ linksMax: this.#linksMax, headersMax: options.headersMax ?? 1_024 })
  }

  /** `null` while nothing is missing. */
  get progress(): SyncProgress | null {
    if (this.#goal === null) return null
    const { number } = this.#options.chain.head.header
    return this.#progress ?? { startingBlock: number, currentBlock: number, highestBlock: number }
  }

  /** Goes toward that head from now on. The same head again changes nothing but the labels that come with it. */
  start(state: ForkchoiceState): void {
    const isNew = this.#goal?.headBlockHash !== state.headBlockHash
    if (this.#goal === null)
      this.#options.logger.info('syncing toward a new head', { hash: state.headBlockHash })
    this.#goal = state
    if (isNew) this.#wakeup.ring()
  }

  /** The consensus layer named a head that is here: nothing has to be fetched. */
  cancel(): void {
    this.#goal = null
    this.#progress = null
  }

  /** Works until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { network, clock, logger } = this.#options
    const stop = network.onPeer(() => this.#wakeup.ring())
    try {
      while (!signal.aborted) {
        if (this.#goal === null) {
          await this.#wakeup.wait(signal)
          continue
        }
        try {
          const goal = this.#goal
          await this.#advance(goal, signal)
          // A round that brought nothing would begin again at once, and nothing else would ever run.
          if (this.#goal === goal) await this.#wakeup.waitAtMost(retryMs, clock, signal)
        } catch (error) {
          if (signal.aborted) break
          if (error instanceof NoPeerError) logger.debug('sync waits', { error: error.message })
          else logger.warn('sync failed and will be tried again', { error: errorText(error) })
          await this.#wakeup.waitAtMost(retryMs, clock, signal)
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      stop()
    }
  }

  /** One round: plans from the goal down to a known block, and executes the plan while the goal stays the same. */
  async #advance(goal: ForkchoiceState, signal: AbortSignal): Promise<void> {
    const { chain } = this.#options
    const plan = await this.#plan(goal.headBlockHash, signal)
    if (plan === null) return
    // What everything stands on; without a plan, the goal itself.
    await chain.regainState(plan[0]?.parentHash ?? goal.headBlockHash, signal)
    if (plan.length === 0) return this.#finish(goal)
    const first = plan[0]?.number ?? chain.head.header.number
    this.#progress = {
      startingBlock: first,
      currentBlock: first - 1n,
      highestBlock: this.#headers.link(goal.headBlockHash)?.number ?? plan.at(-1)?.number ?? first,
    }
    const finalAt = plan.findIndex(({ hash }) => hash === goal.finalizedBlockHash)
    const batchBlocks = Math.min(this.#options.batchBlocks ?? 64, peerLimits.bodiesPerRequestMax)
    let next = this.#fetch(plan.slice(0, batchBlocks), signal)
    for (let done = 0; done < plan.length; ) {
      const envelopes = await next
      const after = done + envelopes.length
      const following = plan.slice(after, after + batchBlocks)
      // Downloads while this batch executes.
      next = following.length === 0 ? Promise.resolve([]) : this.#fetch(following, signal)
      next.catch(() => {})
      if (!(await this.#execute(envelopes, goal, signal))) return
      // An ancestor of what the consensus layer calls final is final.
      this.#take(plan[after - 1]?.hash, plan[Math.min(after - 1, finalAt)]?.hash)
      if (this.#goal?.headBlockHash !== goal.headBlockHash) return
      done = after
    }
    this.#finish(goal)
  }

  /**
   * Makes a block the head, if that takes no other away: a plan that leaves the present chain is taken as a whole. Old
   * states go as in geth, final or not: nobody says what is final while a chain syncs.
   */
  #take(head: Hash = zeroHash, final: Hash = zeroHash): void {
    const { chain } = this.#options
    const state = { headBlockHash: head, safeBlockHash: final, finalizedBlockHash: final }
    const decision = chain.decide(state)
    if (decision.kind !== 'apply' || decision.movement !== 'extend') return
    chain.apply(decision)
    chain.store.forgetStates(decision.head.number - statesKept)
  }

  /** The missing blocks below and including the goal, lowest first; `null` when the goal was given up or changed. */
  async #plan(goal: Hash, signal: AbortSignal): Promise<readonly MissingBlock[] | null> {
    const { chain } = this.#options
    const missing: MissingBlock[] = []
    let cursor = goal
    while (chain.store.header(cursor) === undefined) {
      if (this.#goal?.headBlockHash !== goal) return null
      const { parentHash, number } = await this.#link(cursor, signal)
      missing.push({ hash: cursor, parentHash, number })
      if (number <= chain.store.genesis.header.number) return this.#giveUp(goal, cursor)
      // The top of a very long gap is fetched again in a later round, when the bottom is here.
      if (missing.length > 2 * this.#linksMax) missing.splice(0, this.#linksMax)
      cursor = parentHash
    }
    return missing.reverse()
  }

  #giveUp(goal: Hash, foreignGenesis: Hash): null {
    const { chain, logger } = this.#options
    logger.error('the chain of the forkchoice head does not start at our genesis block', {
      head: goal,
      expected: chain.store.genesis.hash,
      found: foreignGenesis,
    })
    chain.invalidBlocks.add(foreignGenesis, zeroHash, goal)
    this.cancel()
    return null
  }

  /** From what the consensus layer gave us, from an earlier download, or from a peer. */
  async #link(hash: Hash, signal: AbortSignal): Promise<HeaderLink> {
    const known = this.#headers.link(hash) ?? this.#known(hash)
    if (known !== undefined) return known
    const [header] = await this.#download(hash, peerLimits.headersPerRequestMax, signal)
    return (header as NamedHeader).header
  }

  #known(hash: Hash): BlockHeader | undefined {
    const remote = this.#options.chain.remotePayloads.get(hash)
    return remote === undefined ? this.#headers.get(hash) : headerFromPayload(remote)
  }

  async #download(from: Hash, count: number, signal: AbortSignal): Promise<readonly NamedHeader[]> {
    const { chain } = this.#options
    const headers = await this.#ask(`header ${from}`, signal, (peer) =>
      downloadHeaders(peer, from, count, signal),
    )
    for (const { hash, header } of headers) {
      if (chain.store.header(hash) !== undefined) break
      this.#headers.set(hash, header)
    }
    return headers
  }

  /** Headers of blocks that follow each other. Of a long gap only the links were kept. */
  async #headersOf(blocks: readonly MissingBlock[], signal: AbortSignal): Promise<readonly NamedHeader[]> {
    const headers = new Map<Hash, BlockHeader>()
    for (let index = blocks.length - 1; index >= 0; index--) {
      const { hash } = blocks[index] as MissingBlock
      const known = headers.get(hash) ?? this.#known(hash)
      if (known !== undefined) headers.set(hash, known)
      else for (const one of await this.#download(hash, index + 1, signal)) headers.set(one.hash, one.header)
    }
    return blocks.map(({ hash }) => ({ hash, header: headers.get(hash) as BlockHeader }))
  }

  /** Payloads of the first of these blocks; at least one. */
  async #fetch(blocks: readonly MissingBlock[], signal: AbortSignal): Promise<readonly PayloadEnvelope[]> {
    const { chain } = this.#options
    const here: PayloadEnvelope[] = []
    for (const { hash } of blocks) {
      const remote = chain.remotePayloads.get(hash)
      if (remote === undefined) break
      here.push(remote)
    }
    if (here.length > 0) return here
    const headers = await this.#headersOf(blocks, signal)
    const [first] = blocks
    return this.#ask(`body of block ${first?.number} (${first?.hash})`, signal, (peer) =>
      downloadBodies(peer, headers, signal),
    )
  }

  /** False when the goal cannot be reached. */
  async #execute(
    envelopes: readonly PayloadEnvelope[],
    goal: ForkchoiceState,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { chain, logger } = this.#options
    for (const envelope of envelopes) {
      const { blockHash, blockNumber, parentHash } = envelope.payload
      signal.throwIfAborted()
      const status = await chain.execute(envelope, 'soon')
      if (status.status === 'INVALID') {
        // The hashes lead here from the head that the consensus layer asked for: no peer is to blame.
        chain.invalidBlocks.add(blockHash, status.latestValidHash ?? parentHash, goal.headBlockHash)
        logger.error('the chain of the forkchoice head is not valid', {
          head: goal.headBlockHash,
          invalid: blockHash,
          number: blockNumber,
          error: status.validationError,
        })
        if (this.#goal?.headBlockHash === goal.headBlockHash) this.cancel()
        return false
      }
      this.#headers.delete(blockHash)
      if (this.#progress !== null) this.#progress = { ...this.#progress, currentBlock: blockNumber }
      this.#logProgress()
    }
    return true
  }

  #finish(goal: ForkchoiceState): void {
    const { chain, logger } = this.#options
    const latest = this.#goal
    if (latest?.headBlockHash !== goal.headBlockHash) return
    let decision = chain.decide(latest)
    // A round that closed only the bottom of a long gap.
    if (decision.kind === 'syncing') return
    if (decision.kind === 'inconsistent')
      decision = chain.decide({ ...latest, safeBlockHash: zeroHash, finalizedBlockHash: zeroHash })
    this.cancel()
    this.#headers.clear()
    if (decision.kind !== 'apply') return
    chain.apply(decision)
    logger.info('synced', { number: chain.head.header.number, hash: chain.head.hash })
  }

  /** Asks one peer after the other, beginning with another one each time. */
  async #ask<T>(what: string, signal: AbortSignal, ask: (peer: Peer) => Promise<T | null>): Promise<T> {
    const { network, logger } = this.#options
    const peers = network.peers()
    const turn = this.#turn++
    for (let index = 0; index < peers.length; index++) {
      const peer = peers[(turn + index) % peers.length] as Peer
      signal.throwIfAborted()
      try {
        const answer = await ask(peer)
        if (answer !== null) return answer
      } catch (error) {
        if (!(error instanceof PeerError)) throw error
        logger.debug('asking another peer', { what, error: error.message })
      }
    }
    throw new NoPeerError(`none of ${peers.length} peers has ${what}`)
  }

  #logProgress(): void {
    const { clock, logger } = this.#options
    if (clock.nowMs() - this.#loggedMs < logEveryMs) return
    this.#loggedMs = clock.nowMs()
    logger.info('syncing', { ...this.#progress })
  }
}
