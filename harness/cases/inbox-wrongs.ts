/** What is wrong with a channel that the batcher never made. Every node must make nothing of it. */
export const inboxWrongs = [
  /** It is another's: the batches would be valid, had the batcher sent them. */
  'sender',
  'parent',
  'epoch',
  /** A block has a deposit among its transactions. */
  'deposit',
  /** The first block of a fork has a transaction of a user. */
  'activation',
  /** A block beyond the sequencer's drift has a transaction of a user. */
  'drift',
] as const
export type InboxWrong = (typeof inboxWrongs)[number]
