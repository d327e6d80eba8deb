const KiB = 1024
const MiB = 1024 * KiB

/** No answer to anything is longer. */
const answerBytesLimit = 64 * MiB

/** Answers of a few fields; an error with its text fits too. */
const small =
  /^(eth_(chainId|blockNumber|syncing|gasPrice|getStorageAt|getBalance|getTransactionCount)|web3_clientVersion|engine_(newPayload|forkchoiceUpdated|exchangeCapabilities)(V\d)?|optimism_(rollupConfig|syncStatus|outputAtBlock|safeHeadAtL1Block))$/

/**
 * The longest answer to a call, in bytes, that any honest server can give: a longer one is not read to its end. Calls
 * that are not told apart have the limit of the largest, the receipts of a block.
 */
export function answerBytesMax(method: string, params: readonly unknown[]): number {
  if (small.test(method)) return 64 * KiB
  // 64 trie nodes of 17 words for each part of the proof.
  if (method === 'eth_getProof') return 1 * MiB
  // A header with the hashes of 65,536 transactions, more than the gas of a block can pay for.
  if (/^eth_getBlockBy(Hash|Number)$/.test(method) && params[1] !== true) return 8 * MiB
  return answerBytesLimit
}

/** The same for several calls in one message. */
export function batchBytesMax(
  calls: readonly { readonly method: string; readonly params: readonly unknown[] }[],
): number {
  const sum = calls.reduce((bytes, { method, params }) => bytes + answerBytesMax(method, params), 0)
  return Math.min(sum, answerBytesLimit)
}
