import { splitAt } from './arguments.ts'
import { UsageError } from './usage-error.ts'

/**
 * Reads `NAME=VALUE`, as often as a flag stands.
 * @throws UsageError for one without a name, or a name that came before.
 */
export function namedValues(
  flag: string,
  texts: readonly string[],
): readonly { readonly name: string; readonly value: string }[] {
  const names = new Set<string>()
  return texts.map((text) => {
    const [name, value] = splitAt(text, '=')
    // A URL without its name has what stands before its first "=" for one: keys may be in it.
    if (!/^[\w.-]{1,60}$/.test(name) || value === undefined || value === '')
      throw new UsageError(
        `--${flag}: expected NAME=VALUE, found ${/[:/@]/.test(name) ? 'a value without a name' : JSON.stringify(name.slice(0, 60))}`,
      )
    if (names.has(name)) throw new UsageError(`--${flag}: ${name} is there twice`)
    names.add(name)
    return { name, value }
  })
}

/** @throws UsageError that does not show the URL: it may hold a key. */
export function namedUrls(flag: string, texts: readonly string[]) {
  return namedValues(flag, texts).map(({ name, value }) => ({
    name,
    url: webUrl(`--${flag} ${name}`, value),
  }))
}

/** @throws UsageError. */
export function webUrl(what: string, text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new UsageError(`${what}: expected an http:// or https:// URL`)
  return text
}

/** @throws UsageError unless it is a positive number. */
export function positive(flag: string, text: string): number {
  const number = Number(text)
  if (!(number > 0 && number <= 1e9))
    throw new UsageError(`--${flag}: expected a positive number, found ${text}`)
  return number
}

/** @throws UsageError unless it is a whole number in that range. */
export function wholeNumber(flag: string, text: string, max: number, min = 1): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : -1
  if (number >= min && number <= max) return number
  throw new UsageError(
    `--${flag}: expected a whole number from ${min} to ${max}, found ${JSON.stringify(text)}`,
  )
}

/** @throws UsageError unless it is one of these. */
export function oneOf<const T extends string>(flag: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === text)
  if (found === undefined)
    throw new UsageError(`--${flag}: expected ${allowed.join(' or ')}, found ${JSON.stringify(text)}`)
  return found
}
