import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../node/adapters/files/package-root.ts'
import { type Case, parseCase } from '../cases/case.ts'
import { incidentNames } from '../fuzz/incidents.ts'

const folder = 'fixtures/incidents'

/** `docs/cases.md`: what went wrong once, or would with a rule broken, as the files of the known cases say it. */
export function casesPage(): string {
  const cases = incidentNames().map((name) => {
    const file = `${folder}/${name}.json`
    return parseCase(readFileSync(join(packageRoot, file), 'utf8'), file)
  })
  return [
    '# Known cases',
    '',
    '<!-- Generated from fixtures/incidents by npm run docs. -->',
    '',
    `${cases.length} simulated worlds in which something went wrong once: incidents of other clients, faults that campaigns found in ours, and`,
    'cases that were made to show a rule. The node as it is passes all of them, and fails where it lacks the rule that is named.',
    `\`npx lockstep replay ${folder}/NAME.json\` runs one (\`--scenario\` prints it as a scenario), a campaign begins with all of them,`,
    'and in a checkout `npm run mutants -- --cases` breaks the rules.',
    '',
    '| case | what happens, and what must be true | fails without the rule | from |',
    '|---|---|---|---|',
    ...cases.map(row),
    '',
  ].join('\n')
}

function row({ name, what, mutant, source }: Case): string {
  const cells = [
    `[${name}](../${folder}/${name}.json)`,
    what,
    mutant === undefined ? '' : `\`${mutant}\``,
    source,
  ]
  return `| ${cells.map((cell) => (cell ?? '').replaceAll('|', '\\|')).join(' | ')} |`
}
