import { JsonRpcError } from '../../node/json-rpc/errors.ts'
import { pointAt, pointsOutside } from './call-site.ts'
import { MissingCapability } from './capabilities.ts'
import { ScenarioFailure } from './failure.ts'
import type { Run } from './run.ts'

export interface ExplainedOptions<T> {
  /** How a scenario names it: `follower`, `follower.network`. */
  readonly as: string
  /** The component that its methods do something to. */
  readonly component: string
  /** What a method does to the component, in a word that follows its name: `stopped`. */
  readonly deeds?: { readonly [method in keyof T]?: string }
}

/**
 * The same object, but a method that fails throws a ScenarioFailure that says what the scenario called, where, in which
 * step, and what it had done before. What already is such a failure, or an assertion, stays what it is.
 */
export function explained<T extends object>(run: Run, options: ExplainedOptions<T>, target: T): T {
  const { as, component, deeds } = options
  return new Proxy(target, {
    get(object, key) {
      const member: unknown = Reflect.get(object, key)
      if (typeof member !== 'function' || typeof key !== 'string') return member
      return (...args: readonly unknown[]) => {
        const callSite = new Error()
        const deed = deeds?.[key as keyof T]
        const takeBack = deed === undefined ? () => {} : run.activity.did(component, deed)
        const fail = (error: unknown): Error => {
          takeBack()
          return explain(run, `${as}.${key}(${args.map(show).join(', ')})`, error, callSite)
        }
        let result: unknown
        try {
          result = Reflect.apply(member, object, args)
        } catch (error) {
          throw fail(error)
        }
        return result instanceof Promise
          ? result.catch((error: unknown) => {
              throw fail(error)
            })
          : result
      }
    },
  })
}

/** An assertion of the scenario has its own message, with a difference that a reporter shows. */
export function isAssertion(error: unknown): error is Error {
  return error instanceof Error && error.name === 'AssertionError'
}

function explain(run: Run, call: string, error: unknown, callSite: Error): Error {
  if (error instanceof MissingCapability || isAssertion(error)) return error
  if (error instanceof ScenarioFailure) {
    if (!pointsOutside(error)) pointAt(error, callSite)
    return error
  }
  return new ScenarioFailure(
    {
      kind: 'call',
      what: `${call} failed`,
      expected: 'the call to succeed',
      found: describeError(error),
      ...run.describe(call),
      cause: error,
    },
    callSite,
  )
}

/** An error's message; of a JSON-RPC error, its code too. */
export function describeError(error: unknown): string {
  if (error instanceof JsonRpcError) return `JSON-RPC error ${error.code}: ${error.message}`
  return error instanceof Error ? error.message : String(error)
}

const shownLengthMax = 60

function show(value: unknown): string {
  if (typeof value === 'function') return '…'
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string')
    return value.name
  const text = JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint' ? String(inner) : inner,
  )
  if (text === undefined) return String(value)
  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}…` : text
}
