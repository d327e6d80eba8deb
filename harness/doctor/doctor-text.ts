import { styleText } from 'node:util'
import { wrap } from '../report/wrap.ts'
import type { Finding } from './checks.ts'

const signs = {
  ok: { sign: '✓', style: 'green' },
  absent: { sign: '-', style: 'dim' },
  warning: { sign: '!', style: 'yellow' },
  error: { sign: '✗', style: 'red' },
} as const

/** One line for each finding, and what to do below it. */
export function doctorText(
  findings: readonly Finding[],
  { columns, colour }: { readonly columns: number; readonly colour: boolean },
): string {
  const lines = findings.flatMap(({ name, state, found, remedy }) => {
    const { sign, style } = signs[state]
    const mark = colour ? styleText(style, sign, { validateStream: false }) : sign
    const [first = '', ...rest] = wrap(`${name}: ${found}`, { columns, indent: '  ' })
    return [
      `${mark} ${first.trimStart()}`,
      ...rest,
      ...(remedy === null ? [] : wrap(`→ ${remedy}`, { columns, indent: '    ' })),
    ]
  })
  const count = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length
  const verdict = count('error') > 0 ? `${count('error')} to mend before anything runs` : 'ready'
  const warnings = count('warning') === 0 ? '' : `, ${count('warning')} to look at`
  return [...lines, '', `${verdict}${warnings}`, ''].join('\n')
}
