import type { Growth, Quarters, RunGrowth } from './growth.ts'

const text = (values: Quarters) => values.map((value) => value?.toFixed(0) ?? '–').join(' ')

/** For people: the quarters of the run stand beside each other. */
export function growthTable(rows: readonly Growth[], run: RunGrowth): string {
  const cells = [
    [
      'process',
      'role',
      'RSS MiB by quarter',
      'most',
      'MiB/min',
      'bound',
      'heap MiB',
      'open files',
      'verdict',
    ],
    ...rows.map((row) => [
      ...[row.name, row.role, text(row.residentMiB), row.residentMiBMax.toFixed(0)],
      ...[row.slope?.toFixed(2) ?? '–', row.boundMiB?.toFixed(0) ?? '–'],
      ...[text(row.heapMiB), text(row.fds), row.verdict],
    ]),
  ]
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)))
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
  return [
    ...lines,
    '',
    `files on disk      ${text(run.files)}`,
    `MiB on disk        ${text(run.diskMiB)}`,
    `events per second  ${text(run.eventsPerSecond)}`,
  ].join('\n')
}
