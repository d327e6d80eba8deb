import { isForkActive } from '../../../node/config/forks.ts'
import { emptyRequestsHash } from '../../../node/protocol/block-hash.ts'
import { bytesToHex, hexToBytes } from '../../../node/protocol/bytes.ts'
import { emptyTrieRoot, orderedTrieRoot } from '../../../node/protocol/ordered-trie-root.ts'
import type { ExecutionPayload, PayloadAttributes, PayloadEnvelope } from '../../../node/protocol/payload.ts'
import { type BlockHeader, transactionsRootOf } from '../chain/header.ts'
import { extraDataFor, nextBaseFee } from './base-fee.ts'
import { nextExcessBlobGas } from './blob-gas.ts'
import type { BlockResult } from './block-execution.ts'
import { type ElConfig, InvalidBlockError } from './types.ts'

/** 2^63 − 1, as geth has it. */
const gasLimitMax = 0x7fff_ffff_ffff_ffffn

/** The part of a header that is known before execution. */
export type HeaderStart = Pick<
  BlockHeader,
  'number' | 'timestamp' | 'feeRecipient' | 'gasLimit' | 'baseFeePerGas' | 'prevRandao' | 'extraData'
> & {
  readonly parentHash: BlockHeader['parentHash']
  readonly parentBeaconBlockRoot?: BlockHeader['stateRoot']
  /** From Ecotone on. */
  readonly excessBlobGas?: bigint
}

/** What the attributes ask for on that parent. @throws InvalidBlockError naming the field that is wrong. */
export function startFromAttributes(
  config: ElConfig,
  parent: BlockHeader,
  parentHash: BlockHeader['parentHash'],
  attributes: PayloadAttributes,
): HeaderStart {
  if (attributes.timestamp <= parent.timestamp)
    throw new InvalidBlockError(
      `timestamp: expected more than the parent's ${parent.timestamp}, found ${attributes.timestamp}`,
    )
  if (attributes.gasLimit > gasLimitMax)
    throw new InvalidBlockError(`gasLimit: expected at most ${gasLimitMax}, found ${attributes.gasLimit}`)
  if (attributes.withdrawals !== undefined && attributes.withdrawals.length > 0)
    throw new InvalidBlockError(`withdrawals: expected none, found ${attributes.withdrawals.length}`)
  const ecotone = isForkActive(config.forks, 'ecotone', attributes.timestamp)
  if (ecotone !== (attributes.parentBeaconBlockRoot !== undefined))
    throw new InvalidBlockError(
      `parentBeaconBlockRoot: expected ${ecotone ? 'it from' : 'none before'} Ecotone on`,
    )
  return {
    parentHash,
    number: parent.number + 1n,
    timestamp: attributes.timestamp,
    feeRecipient: attributes.suggestedFeeRecipient,
    gasLimit: attributes.gasLimit,
    baseFeePerGas: nextBaseFee(config, parent, attributes.timestamp),
    prevRandao: attributes.prevRandao,
    extraData: extraDataFor(config, attributes),
    ...(attributes.parentBeaconBlockRoot === undefined
      ? {}
      : {
          parentBeaconBlockRoot: attributes.parentBeaconBlockRoot,
          excessBlobGas: excessBlobGasAfter(config, parent),
        }),
  }
}

/** exec-engine.md, "Ecotone: disable Blob-transactions": always 0 on a chain without them. */
function excessBlobGasAfter({ blobs }: ElConfig, parent: BlockHeader): bigint {
  return blobs === undefined ? 0n : nextExcessBlobGas(blobs, parent)
}

/** The header of a block that has run. */
export function finishHeader(config: ElConfig, start: HeaderStart, result: BlockResult): BlockHeader {
  const active = (fork: 'canyon' | 'ecotone' | 'isthmus') => isForkActive(config.forks, fork, start.timestamp)
  return {
    ...start,
    stateRoot: result.stateRoot,
    transactionsRoot: transactionsRootOf(result.transactions.map(({ raw }) => raw)),
    receiptsRoot: orderedTrieRoot(result.receipts.map(({ encoded }) => hexToBytes(encoded))),
    logsBloom: bytesToHex(result.logsBloom),
    gasUsed: result.gasUsed,
    // isthmus/exec-engine.md: the message passer's storage root takes the place of the (always empty) withdrawals'.
    ...(active('canyon')
      ? { withdrawalsRoot: active('isthmus') ? result.messagePasserRoot : emptyTrieRoot }
      : {}),
    ...(active('ecotone')
      ? { blobGasUsed: config.blobs === undefined ? result.daFootprint : result.blobGasUsed }
      : {}),
    ...(active('isthmus') ? { requestsHash: emptyRequestsHash } : {}),
  }
}

/**
 * What a payload claims and can be checked without running it.
 * @throws InvalidBlockError naming the field, what was expected and what was found.
 */
export function checkBeforeRun(
  config: ElConfig,
  parent: BlockHeader,
  parentHash: BlockHeader['parentHash'],
  { payload, parentBeaconBlockRoot }: PayloadEnvelope,
): HeaderStart {
  const active = (fork: 'canyon' | 'ecotone' | 'holocene' | 'isthmus' | 'jovian') =>
    isForkActive(config.forks, fork, payload.timestamp)
  expectEqual('parentHash', parentHash, payload.parentHash)
  expectEqual('blockNumber', parent.number + 1n, payload.blockNumber)
  if (payload.timestamp <= parent.timestamp)
    throw new InvalidBlockError(
      `timestamp: expected more than the parent's ${parent.timestamp}, found ${payload.timestamp}`,
    )
  if (payload.gasLimit > gasLimitMax)
    throw new InvalidBlockError(`gasLimit: expected at most ${gasLimitMax}, found ${payload.gasLimit}`)
  if (payload.gasUsed > payload.gasLimit)
    throw new InvalidBlockError(
      `gasUsed: expected at most the gas limit ${payload.gasLimit}, found ${payload.gasUsed}`,
    )
  expectEqual('baseFeePerGas', nextBaseFee(config, parent, payload.timestamp), payload.baseFeePerGas)
  checkExtraData(payload, active('holocene'), active('jovian'))
  expectPresence('withdrawals', active('canyon'), payload.withdrawals)
  if (payload.withdrawals !== undefined && payload.withdrawals.length > 0)
    throw new InvalidBlockError(`withdrawals: expected none, found ${payload.withdrawals.length}`)
  expectPresence('blobGasUsed', active('ecotone'), payload.blobGasUsed)
  expectPresence('excessBlobGas', active('ecotone'), payload.excessBlobGas)
  expectPresence('parentBeaconBlockRoot', active('ecotone'), parentBeaconBlockRoot)
  expectPresence('withdrawalsRoot', active('isthmus'), payload.withdrawalsRoot)
  const excessBlobGas = excessBlobGasAfter(config, parent)
  if (payload.excessBlobGas !== undefined) expectEqual('excessBlobGas', excessBlobGas, payload.excessBlobGas)
  // From Jovian on it is the DA footprint, which is known after the run.
  if (payload.blobGasUsed !== undefined && !active('jovian') && config.blobs === undefined)
    expectEqual('blobGasUsed', 0n, payload.blobGasUsed)
  return {
    parentHash,
    number: payload.blockNumber,
    timestamp: payload.timestamp,
    feeRecipient: payload.feeRecipient,
    gasLimit: payload.gasLimit,
    baseFeePerGas: payload.baseFeePerGas,
    prevRandao: payload.prevRandao,
    extraData: payload.extraData,
    ...(parentBeaconBlockRoot === undefined ? {} : { parentBeaconBlockRoot, excessBlobGas }),
  }
}

/** What execution brought, against what the payload claims. @throws InvalidBlockError naming the first difference. */
export function checkAfterRun(header: BlockHeader, payload: ExecutionPayload): void {
  expectEqual('gasUsed', header.gasUsed, payload.gasUsed)
  if (header.blobGasUsed !== undefined) expectEqual('blobGasUsed', header.blobGasUsed, payload.blobGasUsed)
  expectEqual('logsBloom', header.logsBloom, payload.logsBloom)
  expectEqual('receiptsRoot', header.receiptsRoot, payload.receiptsRoot)
  if (payload.withdrawalsRoot !== undefined)
    expectEqual('withdrawalsRoot', header.withdrawalsRoot, payload.withdrawalsRoot)
  expectEqual('stateRoot', header.stateRoot, payload.stateRoot)
}

/** @throws InvalidBlockError when a block of that fork cannot have it. */
export function checkExtraData(
  { extraData }: Pick<ExecutionPayload, 'extraData'>,
  holocene: boolean,
  jovian: boolean,
): void {
  const bytes = hexToBytes(extraData)
  if (!holocene) {
    if (bytes.length > 0)
      throw new InvalidBlockError(`extraData: expected nothing before Holocene, found ${extraData}`)
    return
  }
  const [length, version] = jovian ? [17, 1] : [9, 0]
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length !== length || bytes[0] !== version || view.getUint32(1) === 0 || view.getUint32(5) === 0)
    throw new InvalidBlockError(
      `extraData: expected ${length} bytes of version ${version} with a denominator and an elasticity, found ${extraData}`,
    )
}

export function expectEqual(
  field: string,
  expected: bigint | string | undefined,
  found: bigint | string | undefined,
): void {
  if (expected !== found) throw new InvalidBlockError(`${field}: expected ${expected}, found ${found}`)
}

function expectPresence(field: string, expected: boolean, value: unknown): void {
  if (expected !== (value !== undefined))
    throw new InvalidBlockError(`${field}: expected ${expected ? 'a value' : 'none'} at this fork`)
}
