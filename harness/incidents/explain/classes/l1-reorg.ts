import type { ClassRule } from './class-rule.ts'

export const l1Reorg: ClassRule = {
  name: 'l1-reorg',
  title: 'L1 had a reorg at that time.',
  next: 'Which of the signs are of the reorg, and which of the other: compare their times.',
  isNormal: true,
  judge: ({ index }) =>
    index.reorgs.map(({ t, orphaned, replaced }) => ({
      weight: 4,
      t,
      node: 'l1',
      text: `L1 replaced ${orphaned.length} blocks from ${orphaned[0]?.number ?? '?'} by ${replaced.length}`,
    })),
}
