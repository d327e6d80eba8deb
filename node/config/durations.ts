import { ConfigError } from './config-error.ts'

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
const duration = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/
const part = /(\d+(?:\.\d+)?)(ms|s|m|h)/g

/**
 * Parses a duration as Go prints and reads it, for example `500ms`, `1.5s` or `1h30m`.
 * @returns milliseconds.
 * @throws ConfigError when it is anything else; `what` names the flag or variable.
 */
export function parseDuration(text: string, what: string): number {
  if (!duration.test(text))
    throw new ConfigError(
      `${what}: expected a duration such as 500ms, 2s or 1m30s, found ${JSON.stringify(text)}`,
    )
  let ms = 0
  for (const [, amount, unit] of text.matchAll(part))
    ms += Number(amount) * (unitMs[unit as string] as number)
  return Math.round(ms)
}
