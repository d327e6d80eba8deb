import type { RollupConfig } from '../config/rollup-config.ts'

/** BLOB_BASE_FEE_UPDATE_FRACTION by L1 fork. Sources: EIP-4844, EIP-7691, EIP-7892. */
const updateFractions = {
  cancun: 3_338_477n,
  prague: 5_007_716n,
  bpo1: 8_346_193n,
  bpo2: 11_684_671n,
} as const
const minBlobBaseFee = 1n

interface BlobSchedule {
  readonly prague: bigint
  readonly bpo1?: bigint
  readonly bpo2?: bigint
}

/** L1 activation times in seconds. Osaka keeps Prague's fraction. */
const blobSchedules: ReadonlyMap<bigint, BlobSchedule> = new Map([
  [1n, { prague: 1_746_612_311n, bpo1: 1_765_290_071n, bpo2: 1_767_747_671n }],
  [11_155_111n, { prague: 1_741_159_776n, bpo1: 1_761_017_184n, bpo2: 1_761_607_008n }],
  [17_000n, { prague: 1_740_434_112n, bpo1: 1_759_800_000n, bpo2: 1_760_389_824n }],
  [560_048n, { prague: 1_742_999_832n, bpo1: 1_762_365_720n, bpo2: 1_762_955_544n }],
])

/** An L1 that is not in the table is a development chain: Prague's parameters from its genesis on. */
const developmentSchedule: BlobSchedule = { prague: 0n }

/** The update fraction that an L1 block of that time uses. */
export function blobBaseFeeUpdateFraction(config: RollupConfig, l1Timestamp: bigint): bigint {
  const schedule = blobSchedules.get(config.l1ChainId) ?? developmentSchedule
  const active = (time: bigint | undefined) => time !== undefined && l1Timestamp >= time
  // Chains that missed Prague's change keep Cancun's fraction until this time (specs/protocol/pectra-blob-schedule).
  const fixTime = config.pectraBlobScheduleTime
  if (fixTime !== undefined && l1Timestamp < fixTime) return updateFractions.cancun
  if (active(schedule.bpo2)) return updateFractions.bpo2
  if (active(schedule.bpo1)) return updateFractions.bpo1
  return active(schedule.prague) ? updateFractions.prague : updateFractions.cancun
}

/**
 * Wei per blob gas of an L1 block: 1 when the block has no excess blob gas, because its L1 has no blobs yet
 * (specs/protocol/ecotone/l1-attributes.md). Source: EIP-4844, `fake_exponential`.
 */
export function blobBaseFee(excessBlobGas: bigint | undefined, updateFraction: bigint): bigint {
  if (excessBlobGas === undefined) return minBlobBaseFee
  let sum = 0n
  let term = minBlobBaseFee * updateFraction
  for (let index = 1n; term > 0n; index++) {
    sum += term
    term = (term * excessBlobGas) / (updateFraction * index)
  }
  return sum / updateFraction
}
