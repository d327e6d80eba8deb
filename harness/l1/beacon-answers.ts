import type { Hash } from 'viem'
import type { Clock } from '../../node/ports/clock.ts'
import { bytesToHex } from '../../node/protocol/bytes.ts'
import type { L1BlockRef } from '../../node/protocol/refs.ts'
import type { AnvilClient } from './anvil-client.ts'
import type { BlobPool, PooledBlob } from './blob-pool.ts'
import type { L1Controller } from './controller.ts'
import type { ForkTree } from './fork-tree.ts'
import type { L1Schedule } from './schedule.ts'
import { type CallView, type ConsumerFaults, isAltered, openRequest } from './views/consumer-view.ts'
import { isShown } from './views/shown-chain.ts'

export interface BeaconAnswersOptions {
  readonly anvil: Pick<AnvilClient, 'fullBlock'>
  readonly controller: Pick<L1Controller, 'settled' | 'labels'>
  readonly tree: ForkTree
  readonly blobs: Pick<BlobPool, 'get'>
  readonly schedule: L1Schedule
  readonly clock: Clock
  /** What faults change for each consumer, which may be the first part of the path. */
  readonly consumers?: Pick<ReadonlyMap<string, ConsumerFaults>, 'get'>
}

/** An HTTP status, and a body that is written as JSON. */
export interface BeaconAnswer {
  readonly status: number
  readonly json: unknown
}

/** Answers what is asked for by GET at a target: a path with its query. */
export type BeaconAnswers = (target: string) => Promise<BeaconAnswer>

/** A blob of a block. */
interface BlobSidecar extends PooledBlob {
  readonly versionedHash: Hash
  readonly index: number
}

const zeroRoot = `0x${'00'.repeat(32)}`

/**
 * The consensus side of L1, as far as rollup nodes ask for it: what a slot is, and the blobs in it. A slot has the
 * block of the canonical fork, as on a real beacon; the blobs of an orphaned block are told by its hash only, which
 * stands for the block root here. Source: ethereum/beacon-APIs.
 */
export function createBeaconAnswers(options: BeaconAnswersOptions): BeaconAnswers {
  const { anvil, controller, tree, schedule, blobs: pool } = options

  /** The blobs of a block by slot, hash or `head`; null when there is no such block. */
  async function sidecarsAt(
    id: string,
    view: CallView | null,
  ): Promise<{ block: L1BlockRef; sidecars: readonly BlobSidecar[] } | null> {
    await controller.settled()
    const at = schedule.genesisTime + (/^\d+$/.test(id) ? BigInt(id) : 0n) * schedule.blockTime
    const found = tree.blocks().findLast((block) => {
      if (id.startsWith('0x')) return block.ref.hash === id.toLowerCase()
      if (view !== null && id === 'head') return block.ref.hash === view.chain.head.hash
      const shown = view === null ? block.canonical : isShown(view.chain, block)
      return shown && (id === 'head' || block.ref.timestamp === at)
    })
    if (found === undefined) return null
    const { block } = tree.orphaned(found.ref.hash) ?? (await anvil.fullBlock(found.ref))
    const sidecars = block.transactions
      .flatMap(({ blobVersionedHashes = [] }) => blobVersionedHashes)
      .flatMap((versionedHash, index) => {
        const blob = pool.get(versionedHash)
        return blob === undefined || view?.withholds(versionedHash) === true
          ? []
          : [{ ...blob, versionedHash, index }]
      })
    return { block: found.ref, sidecars }
  }

  async function blobs(id: string, query: URLSearchParams, view: CallView | null): Promise<BeaconAnswer> {
    const found = await sidecarsAt(id, view)
    if (found === null) return notFound
    const wanted = listOf(query, 'versioned_hashes')
    const chosen = found.sidecars.filter((sidecar) => wanted === null || wanted.has(sidecar.versionedHash))
    return data(chosen.map(({ blob }) => bytesToHex(blob)))
  }

  async function sidecars(id: string, query: URLSearchParams, view: CallView | null): Promise<BeaconAnswer> {
    const found = await sidecarsAt(id, view)
    if (found === null) return notFound
    const wanted = listOf(query, 'indices')
    const slot = (found.block.timestamp - schedule.genesisTime) / schedule.blockTime
    const message = {
      slot: String(slot),
      proposer_index: '0',
      parent_root: found.block.parentHash,
      state_root: zeroRoot,
      body_root: zeroRoot,
    }
    return data(
      found.sidecars
        .filter(({ index }) => wanted === null || wanted.has(String(index)))
        .map(({ index, blob, commitment, proof }) => ({
          index: String(index),
          blob: bytesToHex(blob),
          kzg_commitment: bytesToHex(commitment),
          kzg_proof: bytesToHex(proof),
          signed_block_header: { message, signature: `0x${'00'.repeat(96)}` },
          kzg_commitment_inclusion_proof: [],
        })),
    )
  }

  /** Null: it sees what everybody sees. */
  function viewOf(consumer: string, path: string): CallView | null {
    const faults = options.consumers?.get(consumer)
    return faults === undefined || !isAltered(faults) ? null : openRequest(faults, options)(path)
  }

  async function answer(path: string, query: URLSearchParams): Promise<BeaconAnswer> {
    const [, consumer = '', call = ''] = /^(?:\/([^/]+))?(\/eth\/v1\/.*)$/.exec(path) ?? []
    const [, endpoint, id = ''] = /^\/eth\/v1\/([a-z_]+\/[a-z_]+)(?:\/(\w+))?$/.exec(call) ?? []
    const view = viewOf(decodeURIComponent(consumer), call)
    switch (endpoint) {
      case 'node/version':
        return { status: 200, json: { data: { version: 'lockstep/anvil' } } }
      case 'config/spec':
        return { status: 200, json: { data: { SECONDS_PER_SLOT: String(schedule.blockTime) } } }
      case 'beacon/genesis':
        return {
          status: 200,
          json: {
            data: {
              genesis_time: String(schedule.genesisTime),
              genesis_validators_root: zeroRoot,
              genesis_fork_version: '0x00000000',
            },
          },
        }
      case 'beacon/blobs':
        return blobs(id, query, view)
      case 'beacon/blob_sidecars':
        return sidecars(id, query, view)
      default:
        return notFound
    }
  }

  return async (target) => {
    // Null for a target such as `//`.
    const url = URL.parse(target, 'http://localhost')
    return url === null ? notFound : answer(url.pathname, url.searchParams)
  }
}

/** As beacons tell what went wrong. */
export const failure = (code: number, message: string): BeaconAnswer => ({
  status: code,
  json: { code, message },
})
/** There is nothing. */
export const notFound = failure(404, 'not found')
const data = (list: readonly unknown[]): BeaconAnswer => ({
  status: 200,
  json: { execution_optimistic: false, finalized: false, data: list },
})

/** A list in a query, be it with commas or repeated; null when it is not there. */
function listOf(query: URLSearchParams, name: string): ReadonlySet<string> | null {
  const values = query.getAll(name).flatMap((value) => value.split(','))
  return values.length === 0 ? null : new Set(values)
}
