import { vocabulary } from './vocabulary.ts'

/** `docs/faults.md`: what there is, of the vocabulary itself. */
export function vocabularyPage(): string {
  const tables = Object.entries(vocabulary).map(([on, entries]) =>
    [
      `## On ${on}`,
      '',
      '| fault | what it does |',
      '|---|---|',
      ...entries.map(({ signature, says }) => `| \`${signature.replaceAll('|', '\\|')}\` | ${says} |`),
      '',
    ].join('\n'),
  )
  return [intro, ...tables].join('\n')
}

const intro = `# Faults

<!-- Generated from harness/faults/vocabulary.ts: npx vitest run --project unit harness/faults/vocabulary-page -u -->

A fault is a value. A scenario puts it on a point, and it stands there until it is removed or the scenario ends:

\`\`\`ts
const fault = await point('follower→reference').install(faults.slow(1_200).to('optimism_syncStatus'))
await fault.hit(3)
await fault.remove()
\`\`\`

Points are named by the topology: a connection of a consumer and a provider (\`follower→reference\`, \`follower→l1\`,
\`follower→beacon\`, \`follower→follower-el(engine)\`), the connection of two peers whoever dials (\`follower↔sequencer\`,
\`follower-el↔reference-el\`), or a component (\`follower\`, \`follower-el\`, a hostile peer). With \`*\` several are one:
\`*→l1\`, \`follower↔*\`; \`gossip\` and \`el-peers\` are all connections of their kind. A point refuses what it cannot carry
and says what it can. On several points each counts for itself: \`times(1)\` is once on each of them.

The newest fault that applies to a message decides about it; how often an older one stood behind is its \`shadowed\`. Faults
of what a consumer sees of L1 stand beside each other when they are about different things: the head, labels, replaced
blocks, receipts, blobs. Every installation, hit and removal is an event.

Every fault has the same combinators, each of which gives a new value:

| combinator | it strikes |
|---|---|
| \`to(…calls)\` | these JSON-RPC methods (\`engine_*\` for all with that beginning) or REST paths only, also inside a batch |
| \`from(…consumers)\` | only what comes from these |
| \`after(n)\` | not the first n times |
| \`times(n)\` | n times, and never again |
| \`every(n)\` | every nth time |
| \`withProbability(p)\` | with that probability, drawn from the seed of the run |
| \`during({ fromMs, toMs })\` | within that time since it was installed |

\`to\`, \`from\` and \`during\` choose before anything is counted; the others count in the order in which they are written.
\`fault.json\` makes the same fault again with \`faultFromJson\`.
`
