import { type ForkSchedule, isForkActive } from '../../../node/config/forks.ts'
import { engineErrorCode } from '../../../node/ports/engine-api.ts'
import type { ExecutionPayload, PayloadAttributes } from '../../../node/protocol/payload.ts'

export const invalidParamsCode = -32602

/** A call refused before anything is done: JSON-RPC code and text. */
export interface Refusal {
  readonly code: number
  readonly message: string
}

/** Ethereum's forks as the Engine API counts them, with the OP Stack fork that brings each. */
export type EngineFork = 'paris' | 'shanghai' | 'cancun' | 'prague' | 'osaka'

/** Source: specs/protocol/exec-engine.md: Canyon is Shanghai, Ecotone is Cancun, Isthmus is Prague, Karst is Osaka. */
export function engineForkAt(forks: ForkSchedule, timestamp: bigint): EngineFork {
  if (isForkActive(forks, 'karst', timestamp)) return 'osaka'
  if (isForkActive(forks, 'isthmus', timestamp)) return 'prague'
  if (isForkActive(forks, 'ecotone', timestamp)) return 'cancun'
  return isForkActive(forks, 'canyon', timestamp) ? 'shanghai' : 'paris'
}

export type NewPayloadVersion = 1 | 2 | 3 | 4
export type ForkchoiceVersion = 1 | 2 | 3
export type GetPayloadVersion = 1 | 2 | 3 | 4 | 5

/** What comes beside the payload, as far as the rules look at it. */
export interface NewPayloadExtras {
  readonly versionedHashes: readonly unknown[] | null
  readonly parentBeaconBlockRoot: string | null
  readonly executionRequests: readonly unknown[] | null
}

const invalidParams = (message: string): Refusal => ({ code: invalidParamsCode, message })
const unsupported = (message: string): Refusal => ({ code: engineErrorCode.unsupportedFork, message })
const badAttributes = (message: string): Refusal => ({
  code: engineErrorCode.invalidPayloadAttributes,
  message,
})

/**
 * Why `engine_newPayloadV<version>` may not carry this payload; `null` when it may. Missing and unexpected fields are
 * −32602, a payload of another fork is −38005, in that order.
 * Source: execution-apis, engine/{paris,shanghai,cancun,prague}.md (Osaka has no newPayload of its own), with op-geth's order of checks.
 */
export function checkNewPayload(
  version: NewPayloadVersion,
  forks: ForkSchedule,
  payload: ExecutionPayload,
  extras: NewPayloadExtras,
): Refusal | null {
  const fork = engineForkAt(forks, payload.timestamp)
  if (version === 1)
    return payload.withdrawals === undefined ? null : invalidParams('withdrawals not supported in V1')
  if (version === 2) {
    if (fork !== 'paris' && fork !== 'shanghai')
      return invalidParams("can't use newPayloadV2 post-cancun: the payload belongs to newPayloadV3 or V4")
    if (fork === 'shanghai' && payload.withdrawals === undefined)
      return invalidParams('nil withdrawals post-shanghai')
    if (fork === 'paris' && payload.withdrawals !== undefined)
      return invalidParams('non-nil withdrawals pre-shanghai')
    if (payload.excessBlobGas !== undefined) return invalidParams('non-nil excessBlobGas pre-cancun')
    if (payload.blobGasUsed !== undefined) return invalidParams('non-nil blobGasUsed pre-cancun')
    return null
  }
  if (payload.withdrawals === undefined) return invalidParams('nil withdrawals post-shanghai')
  if (payload.excessBlobGas === undefined) return invalidParams('nil excessBlobGas post-cancun')
  if (payload.blobGasUsed === undefined) return invalidParams('nil blobGasUsed post-cancun')
  if (extras.versionedHashes === null) return invalidParams('nil versionedHashes post-cancun')
  if (extras.parentBeaconBlockRoot === null) return invalidParams('nil parentBeaconBlockRoot post-cancun')
  if (version === 4 && extras.executionRequests === null)
    return invalidParams('nil executionRequests post-prague')
  if (version === 3 && fork !== 'cancun')
    return unsupported(`newPayloadV3 must only be called for cancun payloads, found a ${fork} payload`)
  if (version === 4 && fork !== 'prague' && fork !== 'osaka')
    return unsupported(
      `newPayloadV4 must only be called for prague and osaka payloads, found a ${fork} payload`,
    )
  return null
}

/**
 * Why `engine_forkchoiceUpdatedV<version>` may not carry these attributes; `null` when it may. Another fork's
 * attributes are −38005, a field that is missing or too early is −38003.
 * Sources: execution-apis as above; specs/protocol/exec-engine.md, holocene and jovian/exec-engine.md for the OP fields.
 */
export function checkAttributes(
  version: ForkchoiceVersion,
  forks: ForkSchedule,
  attributes: PayloadAttributes,
): Refusal | null {
  const fork = engineForkAt(forks, attributes.timestamp)
  const withdrawals = attributes.withdrawals !== undefined
  const beaconRoot = attributes.parentBeaconBlockRoot !== undefined
  if (version === 1) {
    if (withdrawals || beaconRoot) return invalidParams('withdrawals and beacon root not supported in V1')
    if (fork !== 'paris') return invalidParams('forkchoiceUpdatedV1 called post-shanghai')
  } else if (version === 2) {
    if (beaconRoot) return badAttributes('unexpected beacon root')
    if (fork !== 'paris' && fork !== 'shanghai')
      return unsupported('forkchoiceUpdatedV2 must only be called for paris and shanghai payloads')
    if (fork === 'paris' && withdrawals) return badAttributes('withdrawals before shanghai')
    if (fork === 'shanghai' && !withdrawals) return badAttributes('missing withdrawals')
  } else {
    if (!withdrawals) return badAttributes('missing withdrawals')
    if (!beaconRoot) return badAttributes('missing beacon root')
    if (fork === 'paris' || fork === 'shanghai')
      return unsupported('forkchoiceUpdatedV3 must only be called for cancun and later payloads')
  }
  return checkOpAttributes(forks, attributes)
}

function checkOpAttributes(forks: ForkSchedule, attributes: PayloadAttributes): Refusal | null {
  const holocene = isForkActive(forks, 'holocene', attributes.timestamp)
  const jovian = isForkActive(forks, 'jovian', attributes.timestamp)
  const { eip1559Params, minBaseFee } = attributes
  if ((attributes.withdrawals?.length ?? 0) > 0) return badAttributes('withdrawals must be an empty list')
  if (holocene && eip1559Params === undefined) return badAttributes('missing eip1559Params from Holocene on')
  if (!holocene && eip1559Params !== undefined)
    return badAttributes('unexpected eip1559Params before Holocene')
  // A zero denominator means "the chain's own parameters", and then the elasticity must be zero too.
  if (eip1559Params?.startsWith('0x00000000') && !/^0x0{16}$/.test(eip1559Params))
    return badAttributes(`eip1559Params ${eip1559Params}: a zero denominator with a non-zero elasticity`)
  if (eip1559Params?.endsWith('00000000') && !/^0x0{16}$/.test(eip1559Params))
    return badAttributes(`eip1559Params ${eip1559Params}: a zero elasticity with a non-zero denominator`)
  if (jovian && minBaseFee === undefined) return badAttributes('missing minBaseFee from Jovian on')
  if (!jovian && minBaseFee !== undefined) return badAttributes('unexpected minBaseFee before Jovian')
  return null
}

/**
 * Why `engine_getPayloadV<version>` may not give a payload with that timestamp; `null` when it may.
 * V2 also gives payloads of Paris. Source: execution-apis, engine/{shanghai,cancun,prague,osaka}.md.
 */
export function checkGetPayload(
  version: GetPayloadVersion,
  forks: ForkSchedule,
  timestamp: bigint,
): Refusal | null {
  const allowed: Readonly<Record<GetPayloadVersion, readonly EngineFork[]>> = {
    1: ['paris'],
    2: ['paris', 'shanghai'],
    3: ['cancun'],
    4: ['prague'],
    5: ['osaka'],
  }
  const fork = engineForkAt(forks, timestamp)
  if (allowed[version].includes(fork)) return null
  return unsupported(
    `getPayloadV${version} gives ${allowed[version].join(' and ')} payloads, this one is of ${fork}`,
  )
}
