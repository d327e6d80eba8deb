import { environmentNames } from '../../node/config/environment.ts'
import { type FlagDefinition, flagGroups } from '../../node/config/flags/flag-definition.ts'
import { flagTable } from '../../node/config/flags.ts'

/** `docs/running-the-node.md`: how the rollup node runs alone, with the table of its flags. */
export function nodePage(): string {
  return `# Running the node alone

<!-- Generated from node/config/flags by npm run docs. -->

\`lockstep node\` is a complete rollup node: it derives from L1, or follows another node. It needs an execution engine with
the Engine API, an L1 RPC, and a rollup config.

\`\`\`sh
# derives
npx lockstep node --l1 http://127.0.0.1:8545 --l1.beacon http://127.0.0.1:5052 \\
  --l2 http://127.0.0.1:8551 --l2.jwt-secret jwt.txt --rollup.config rollup.json

# follows: safe, finalized and currentL1 come from the source, checked against own L1
npx lockstep node --l1 http://127.0.0.1:8545 \\
  --l2 http://127.0.0.1:8551 --l2.jwt-secret jwt.txt --rollup.config rollup.json \\
  --l2.follow.source http://127.0.0.1:9545
\`\`\`

\`lockstep el\` is an engine to try it with: \`lockstep el --help\`. Listeners are on the loopback address unless a flag says
otherwise. SIGINT and SIGTERM end the node in order, a second one at once. Logs go to standard error.

A flag beats its variables; of several variables the first that is set counts. Durations are \`500ms\`, \`2s\`, \`1m30s\`.
Names and defaults are op-node's where it has the flag; kona-node's names are taken too.

${flagGroups.map(groupTable).join('\n\n')}
`
}

function groupTable(group: FlagDefinition['group']): string {
  return [
    `## ${group}`,
    '',
    '| flag | what it does | default | variables |',
    '|---|---|---|---|',
    ...flagTable
      .filter((flag) => flag.group === group)
      .map((flag) =>
        [
          [flag.name, ...(flag.aliases ?? [])].map((name) => `\`--${name}\``).join(', '),
          `${flag.required ? '**Required.** ' : ''}${flag.help}`,
          flag.default === undefined ? '' : `\`${flag.default}\``,
          environmentNames(flag)
            .map((name) => `\`${name}\``)
            .join(', '),
        ].map((cell) => cell.replaceAll('|', '\\|')),
      )
      .map((cells) => `| ${cells.join(' | ')} |`),
  ].join('\n')
}
