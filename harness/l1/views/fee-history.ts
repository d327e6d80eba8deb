/** What {@link feeHistory} reads. */
export interface FeeHistoryOptions {
  /** Blocks, at least one; fewer are given when the chain is shorter. */
  readonly count: number
  readonly newest: bigint
  /** Of the priority fees by gas used; null: no rewards were asked for. */
  readonly percentiles: readonly number[] | null
  readonly block: (number: bigint) => Promise<Readonly<Record<string, unknown>>>
  readonly receipts: (number: bigint) => Promise<readonly Readonly<Record<string, unknown>>[]>
}

const elasticity = 2n
const changeDenominator = 8n
const hex = (value: bigint) => `0x${value.toString(16)}`
const read = (value: unknown) => BigInt(value as string)

/** `eth_feeHistory` over blocks that anvil has no more. Source: execution-apis, `eth_feeHistory`; EIP-1559. */
export async function feeHistory(options: FeeHistoryOptions): Promise<unknown> {
  const { newest, percentiles } = options
  const count = BigInt(Math.max(1, Math.min(options.count, 1024)))
  const oldest = newest + 1n > count ? newest + 1n - count : 0n
  const baseFees: bigint[] = []
  const gasUsedRatio: number[] = []
  const reward: string[][] = []
  for (let number = oldest; number <= newest; number++) {
    const block = await options.block(number)
    const [used, limit, fee] = [
      read(block['gasUsed']),
      read(block['gasLimit']),
      read(block['baseFeePerGas'] ?? '0x0'),
    ]
    baseFees.push(fee)
    gasUsedRatio.push(Number(used) / Number(limit))
    if (percentiles !== null)
      reward.push(rewards(await options.receipts(number), fee, used, percentiles).map(hex))
    if (number === newest) baseFees.push(nextBaseFee(fee, used, limit))
  }
  return {
    oldestBlock: hex(oldest),
    baseFeePerGas: baseFees.map(hex),
    gasUsedRatio,
    ...(percentiles === null ? {} : { reward }),
  }
}

/** EIP-1559, "Specification". */
function nextBaseFee(fee: bigint, used: bigint, limit: bigint): bigint {
  const target = limit / elasticity
  if (used === target || target === 0n) return fee
  const change = (fee * (used > target ? used - target : target - used)) / target / changeDenominator
  if (used > target) return fee + (change > 1n ? change : 1n)
  return fee > change ? fee - change : 0n
}

function rewards(
  receipts: readonly Readonly<Record<string, unknown>>[],
  fee: bigint,
  used: bigint,
  percentiles: readonly number[],
): readonly bigint[] {
  const paid = receipts
    .map((receipt) => ({ tip: read(receipt['effectiveGasPrice']) - fee, gas: read(receipt['gasUsed']) }))
    .toSorted((a, b) => Number(a.tip - b.tip))
  return percentiles.map((percentile) => {
    let sum = 0n
    const wanted = (Number(used) * percentile) / 100
    const found = paid.find(({ gas }) => {
      sum += gas
      return Number(sum) >= wanted
    })
    return found?.tip ?? paid.at(-1)?.tip ?? 0n
  })
}
