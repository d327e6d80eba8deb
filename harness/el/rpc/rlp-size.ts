/** Lengths of RLP encodings, without making them. Source: Ethereum yellow paper, appendix B. */

/** Of a list or long string whose content has that many bytes, with its prefix. */
export function rlpContainerBytes(contentBytes: number): number {
  if (contentBytes <= 55) return 1 + contentBytes
  return 1 + Math.ceil((32 - Math.clz32(contentBytes)) / 8) + contentBytes
}

/** Of a block, as `eth_getBlockBy…` gives it in `size`: header, transactions, no ommers, an empty list of withdrawals. */
export function rlpBlockBytes(
  headerBytes: number,
  transactionBytes: readonly { readonly bytes: number; readonly typed: boolean }[],
  hasWithdrawals: boolean,
): number {
  // A legacy transaction is a list in itself; a typed one is wrapped as a string.
  const content = transactionBytes.reduce(
    (sum, { bytes, typed }) => sum + (typed ? rlpContainerBytes(bytes) : bytes),
    0,
  )
  return rlpContainerBytes(headerBytes + rlpContainerBytes(content) + 1 + (hasWithdrawals ? 1 : 0))
}
