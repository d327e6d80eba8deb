import type { ArgsDef } from 'citty'
import { namedValues } from './named-values.ts'
import { UsageError } from './usage-error.ts'

/** What every command that writes a recording takes. */
export const recordingArguments = {
  out: {
    type: 'string',
    required: true,
    valueHint: 'DIR',
    description: 'Where timeline.ndjson is written',
  },
  'max-size': {
    type: 'string',
    default: '200',
    valueHint: 'MB',
    description: 'When the recording is longer, its oldest segment goes',
  },
  'l1-block-time': { type: 'string', default: '12', valueHint: 'S', description: 'Seconds' },
  'l2-block-time': { type: 'string', default: '2', valueHint: 'S', description: 'Seconds' },
} as const satisfies ArgsDef

/** Of those that are told who follows whom, and what is a secret. */
export const followArguments = {
  follow: {
    type: 'string',
    valueHint: 'NAME=SOURCE',
    description: 'NAME follows SOURCE. Default: every other consensus node follows the first',
  },
  redact: {
    type: 'string',
    valueHint: 'PATTERN',
    description:
      'A regular expression that is never written, besides credentials, addresses and node keys; may stand more than once',
  },
} as const satisfies ArgsDef

/** @throws UsageError for a name that no consensus node has. */
export function followsOf(names: readonly string[], told: readonly string[]): Record<string, string> {
  const [first = '', ...others] = names
  if (told.length === 0) return Object.fromEntries(others.map((name) => [name, first]))
  return Object.fromEntries(
    namedValues('follow', told).map(({ name, value }) => {
      for (const each of [name, value])
        if (!names.includes(each))
          throw new UsageError(`--follow: expected one of ${names.join(', ')}, found ${each}`)
      return [name, value]
    }),
  )
}

/** @throws UsageError. */
export function patternOf(text: string): RegExp {
  try {
    return new RegExp(text, 'g')
  } catch (error) {
    throw new UsageError(`--redact: ${error instanceof Error ? error.message : String(error)}`)
  }
}
