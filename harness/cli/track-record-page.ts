import type { ClClient } from '../clients/client.ts'
import { konaNode } from '../clients/kona-node.ts'
import { opNode } from '../clients/op-node.ts'

/** `docs/track-record.md`: what the scenarios found in programs of others, as the descriptions of clients know it. */
export function trackRecordPage(): string {
  return `# Track record

<!-- Generated from harness/clients by npm run docs. -->

What was found in programs that other people wrote. They were built from public sources and run on loopback in the slots of
a devstack in November 2026: kona-node v1.6.1-rc.2, op-node v1.19.0 (and one of October 2024), op-geth v1.101411.1-rc.2.
Whatever was compared by hash (about 6 000 blocks: transfers, creations, deposits, calldata and blobs, singular and span
batches) was equal between op-geth and the embedded engine, and all three rollup nodes derived one chain. What follows are the
differences.

A scenario that fails by one of them is *expected to fail*, with the link; when it passes, that is news.

${clientTable(konaNode, 'As it stood it passed 20 of the 24 scenarios that there were as a follower, and 13 as the reference.')}

${clientTable(opNode, 'It passed the three follow scenarios in either slot, and 16 of the 24 that there were.')}

## Ourselves

The same day found faults of this project, which were mended: "block not found" was taken for an error instead of an absence;
a forkchoice update to a canonical ancestor rewound the head; an empty \`L2ToL1MessagePasser\` in genesis made op-node see no
withdrawals root; forks in mid-chain ran upgrade transactions of our own invention; and a follower published heads whose
blocks its engine did not have.
`
}

function clientTable({ kind, deviations }: ClClient, result: string): string {
  return [
    `## ${kind}`,
    '',
    result,
    '',
    '| what it does | as | scenarios that fail by it | told |',
    '|---|---|---|---|',
    ...deviations.map(({ what, link, roles, scenarios }) => {
      const names = scenarios.map((name) => `\`${name}\``).join(', ')
      return `| ${what.replaceAll('|', '\\|')} | ${roles?.join(', ') ?? 'any role'} | ${names} | ${told(link)} |`
    }),
  ].join('\n')
}

function told(link: string): string {
  const [, number] = /\/issues\/(\d+)$/.exec(link) ?? []
  return number === undefined ? '[clients](clients.md)' : `[issue ${number}](${link})`
}
