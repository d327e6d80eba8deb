/**
 * Chain ids by the names that alloy's `Chain` type is written with, which kona-node uses in its rollup config: the L1s
 * that OP Stack chains settle on, and OP Stack chains. Source: alloy-chains, `NamedChain`, and EIP-155 registrations.
 */
const idsByName: Readonly<Record<string, bigint>> = {
  mainnet: 1n,
  ethlive: 1n,
  optimism: 10n,
  bsc: 56n,
  unichain: 130n,
  fraxtal: 252n,
  world: 480n,
  'unichain-sepolia': 1301n,
  lisk: 1135n,
  soneium: 1868n,
  base: 8453n,
  anvil: 31_337n,
  mode: 34_443n,
  celo: 42_220n,
  ink: 57_073n,
  'base-sepolia': 84_532n,
  bob: 60_808n,
  holesky: 17_000n,
  hoodi: 560_048n,
  'ink-sepolia': 763_373n,
  zora: 7_777_777n,
  sepolia: 11_155_111n,
  'optimism-sepolia': 11_155_420n,
}

/**
 * Reads a chain id that is a number, a decimal or hexadecimal string, or a chain's name.
 * @returns undefined for anything else: the id is then not told.
 */
export function readChainId(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined
  if (typeof value !== 'string') return undefined
  if (/^(\d{1,20}|0x[0-9a-fA-F]{1,16})$/.test(value)) return BigInt(value)
  return Object.hasOwn(idsByName, value) ? idsByName[value] : undefined
}
