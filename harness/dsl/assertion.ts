/** What an assertion of vitest says, in the words of any other failure. */
export interface AssertionWords {
  readonly what: string
  readonly expected: string
  readonly found: string
}

interface Told extends AssertionWords {
  readonly step: string | null
}

/** An assertion stays the error that it is: a reporter shows its difference. */
const toldOf = new WeakMap<object, Told>()

/** Remembers what an assertion says, before its message gets more lines. */
export function tellAssertion(error: Error, step: string | undefined): AssertionWords {
  const told = { ...assertionOf(error), step: step ?? null }
  toldOf.set(error, told)
  return told
}

/** What was remembered of it; undefined for every other error. */
export function toldAssertion(error: unknown): Told | undefined {
  return typeof error === 'object' && error !== null ? toldOf.get(error) : undefined
}

/** A value is shown up to this length; all of it is in the difference that vitest shows. */
const lengthMax = 300

/** Reads `expected` and `actual`, where the assertion compared two values. */
export function assertionOf(error: Error): AssertionWords {
  const [what = '', ...more] = error.message.split('\n')
  const has = (side: string) => Reflect.has(error, side) && Reflect.get(error, side) !== undefined
  const compares = has('expected') || has('actual')
  return {
    what,
    expected: compares ? shown(Reflect.get(error, 'expected')) : 'the assertion to hold',
    // What a matcher without two values has to tell is in its message.
    found: compares ? shown(Reflect.get(error, 'actual')) : more.join('\n').trim() || what,
  }
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : textOf(value)
  return text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text
}

function textOf(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (value instanceof Error || typeof value !== 'object' || value === null) return String(value)
  try {
    return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner))
  } catch {
    return String(value)
  }
}
