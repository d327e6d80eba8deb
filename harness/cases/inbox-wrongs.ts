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
  /** From Holocene on: the lowest block comes last. */
  'order',
  /** A block lies before its L1 origin. */
  'early',
  /** It is sent by the batcher, to another address than the inbox. */
  'address',
  /** Its version byte is none that there is. */
  'version',
  /** After its frame comes what is none. */
  'junk',
  /** Before Delta: its blocks are a span batch. */
  'format',
  /** Before Fjord: it is compressed with brotli. */
  'compression',
] as const
export type InboxWrong = (typeof inboxWrongs)[number]
