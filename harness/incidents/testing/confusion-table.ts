/** What was said of what, counted: a row for each class that something was, a column for each that was said. */
export function confusionTable(cases: readonly { readonly is: string; readonly said: string }[]): string {
  const columns = [...new Set(cases.map(({ said }) => said))].sort()
  const rows = [...new Set(cases.map(({ is }) => is))].sort()
  const count = (is: string, said: string) =>
    cases.filter((one) => one.is === is && one.said === said).length || '.'
  const table = [
    ['is \\ said', ...columns],
    ...rows.map((is) => [is, ...columns.map((said) => String(count(is, said)))]),
  ]
  const widths = columns.concat('').map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  return table.map((row) => row.map((text, column) => text.padEnd(widths[column]!)).join('  ')).join('\n')
}
