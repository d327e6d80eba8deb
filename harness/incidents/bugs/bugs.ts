/** Rules of follow mode that a follower breaks, and how that looks. */
export const bugs = {
  'misses-l1-reorgs': 'keeps its safe heads when its source leaves the chain that they are of',
  'believes-everything': 'takes whatever its source says, also when that goes back',
  oscillates: 'builds three blocks of its own, adopts the safe head of its source, and builds again',
  'other-blocks': 'makes other blocks than everybody from its 60th on, from the same input',
  'gives-up-on-lost-blocks': 'stands still for good when its engine has lost blocks',
  'takes-lag-for-a-reorg': 'goes back whenever its L1 shows a lower head',
  'finality-stuck': 'moves finalized no more when that of its source has stood still for fifteen L1 blocks',
  'keeps-the-old-signer': 'hears no gossip any more when L1 names another signer of unsafe blocks',
} as const
export type Bug = keyof typeof bugs

export function isBug(name: string): name is Bug {
  return Object.hasOwn(bugs, name)
}
