import type { CatalogueEntry } from './scenario-catalogue.ts'

/** The page `docs/scenarios.md`: every scenario with its claim, by folder, and an index of the tags. */
export function scenarioDocs(catalogue: readonly CatalogueEntry[]): string {
  const folders = Map.groupBy(catalogue, ({ file }) => file.split('/').slice(1, -1).join('/'))
  const tags = [...new Set(catalogue.flatMap((entry) => entry.tags))].sort()
  return [
    '# Scenarios',
    '',
    `Made by \`npm run docs\` from what the ${catalogue.length} scenarios say of themselves; a test checks that it is current.`,
    '`lockstep accept NAME` runs one, `lockstep accept --tag TAG` all that have the tag.',
    ...[...folders].flatMap(([folder, entries]) => [
      '',
      `## ${folder}`,
      '',
      '| scenario | claim | tags |',
      '|---|---|---|',
      ...entries.map(
        ({ name, file, claim, tags }) =>
          `| [${name}](../${file}) | ${cell(claim ?? '')} | ${tags.join(', ')} |`,
      ),
    ]),
    '',
    '## Tags',
    '',
    ...tags.map(
      (tag) =>
        `- \`${tag}\`: ${catalogue
          .filter((entry) => entry.tags.includes(tag))
          .map(({ name }) => name)
          .join(', ')}`,
    ),
    '',
  ].join('\n')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
