/** Transactions in one payload: MAX_TRANSACTIONS_PER_PAYLOAD of the consensus specs. */
export const transactionsMax = 2 ** 20
/** Bytes of one transaction: no batch can carry a longer one. */
export const transactionBytesMax = 100_000_000
export const withdrawalsMax = 16
export const extraDataBytesMax = 32
