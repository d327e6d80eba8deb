import { AsyncLocalStorage } from 'node:async_hooks'
import { syncBuiltinESMExports } from 'node:module'
import { allowed, type Forbidden, forbidden } from './forbidden.ts'

/** A part of a simulated world used the machine: the run would depend on more than its seed. */
export class MachineUsed extends Error {
  override readonly name = 'MachineUsed'
}

/**
 * What is called inside a simulated world, however late, must use nothing of {@link forbidden}: it throws, and the world is
 * told, because the caller may swallow the error. Whoever else lives in this process, such as vitest, notices nothing.
 */
export interface Guard {
  /** From here on the caller's own function, and all that it starts, is inside. Call it once, after an `await`. */
  enter(): void
  /** What `work` does is inside. */
  within<T>(work: () => T): T
  end(): void
}

/** How far up it is looked who made a call. */
const callersMax = 8

type OnUsed = (error: MachineUsed) => void

const inside = new AsyncLocalStorage<OnUsed>()
/** Worlds that have entered and not ended: the machine is as it was when there are none. */
let worlds = 0
let restore = () => {}

export function createGuard(onUsed: OnUsed): Guard {
  let state: 'new' | 'on' | 'ended' = 'new'
  return {
    enter() {
      if (state !== 'new') return
      state = 'on'
      if (worlds++ === 0) restore = install()
      inside.enterWith(onUsed)
    },
    within: (work) => inside.run(onUsed, work),
    end() {
      if (state === 'on' && --worlds === 0) restore()
      state = 'ended'
    },
  }
}

/** Calls somebody who is not part of the world: what they do is their business. */
export function outside<T>(work: () => T): T {
  return inside.exit(work)
}

/** Puts a check before each forbidden function. Returns what takes it away. */
function install(): () => void {
  const undo = forbidden.flatMap((group) => group.names.flatMap((name) => replace(group, name)))
  syncBuiltinESMExports()
  return () => {
    for (const back of undo.toReversed()) back()
    syncBuiltinESMExports()
  }
}

type Trap = ProxyHandler<(...args: unknown[]) => unknown>
type TrapFunction = NonNullable<Trap['apply'] | Trap['construct']>

function replace(group: Forbidden, name: string): readonly (() => void)[] {
  const { of } = group
  const descriptor = Object.getOwnPropertyDescriptor(of, name)
  const original: unknown = descriptor?.value
  if (descriptor === undefined || typeof original !== 'function') return []
  const apply: NonNullable<Trap['apply']> = (target, self, args) => {
    check(group, name, args, apply)
    return Reflect.apply(target, self, args)
  }
  const construct: NonNullable<Trap['construct']> = (target, args, newTarget) => {
    check(group, name, args, construct)
    return Reflect.construct(target, args, newTarget)
  }
  const value = new Proxy(original, { apply, construct })
  Object.defineProperty(of, name, { ...descriptor, value })
  return [
    () => {
      // Somebody may have put fake timers over it: those are theirs to take away.
      if (Object.getOwnPropertyDescriptor(of, name)?.value === value)
        Object.defineProperty(of, name, descriptor)
    },
  ]
}

function check(group: Forbidden, name: string, args: readonly unknown[], trap: TrapFunction): void {
  const onUsed = inside.getStore()
  if (onUsed === undefined || group.isHarmless?.(args) === true) return
  const call = `${group.name}${name}`
  const may = allowed.find((one) => one.call === call)
  if (may !== undefined && functionsAbove(trap).some((one) => isOneOf(one, may.from))) return
  const callers = callersOf(trap)
  // Of the libraries on the way the stack tells.
  const caller = callers.find((line) => !line.includes('node_modules')) ?? callers[0] ?? ''
  const error = new MachineUsed(
    `${call}() takes ${group.what} inside a simulated world, ${caller.trim()}: expected it to use ${group.instead}`,
  )
  error.stack = [`${error.name}: ${error.message}`, ...callers].join('\n')
  onUsed(error)
  throw error
}

/** Whether it is one of these functions of a library: our own sources are TypeScript, libraries and bundles are not. */
function isOneOf(site: NodeJS.CallSite, names: readonly string[]): boolean {
  const name = site
    .getFunctionName()
    ?.replace(/^.*\./, '')
    .replace(/\$\d+$/, '')
  return name !== undefined && names.includes(name) && /\.[cm]?js$/.test(site.getFileName() ?? '')
}

/** Those that led to the trap, the nearest first. Their places stay as they are: to look them up in source maps takes long. */
function functionsAbove(trap: TrapFunction): readonly NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error
  const place: { stack?: unknown } = {}
  let sites: readonly NodeJS.CallSite[] = []
  Error.stackTraceLimit = callersMax
  Error.prepareStackTrace = (_, found) => {
    sites = found
    return ''
  }
  try {
    Error.captureStackTrace(place, trap)
    // Made when it is read.
    void place.stack
  } finally {
    Object.assign(Error, { prepareStackTrace, stackTraceLimit })
  }
  return sites
}

/** The stack above the trap. */
function callersOf(trap: TrapFunction): readonly string[] {
  const place: { stack?: string } = {}
  Error.captureStackTrace(place, trap)
  return (place.stack ?? '').split('\n').filter((line) => line.startsWith('    at '))
}
