import { rmSync } from 'node:fs'
import type { Clock } from '../../node/ports/clock.ts'
import type { Launch } from '../clients/client.ts'
import type { Fact } from '../events/event.ts'
import type { EventStream } from '../events/stream.ts'
import { ComponentError } from '../world/component-error.ts'
import type { ComponentExit, Driver, RunningComponent } from './driver.ts'
import type { Lifecycle, LifecycleAction } from './lifecycle-handle.ts'
import { sizeOfLog, tailOfLog } from './log-tail.ts'

/** A component that a driver runs: it is started, becomes ready, and is stopped, any number of times. */
export interface ComponentLifecycle extends Lifecycle {
  readonly name: string
  /** Of its own process; null while it does not run, and when it has none. */
  readonly pid: number | null
  /** Empty when it keeps none. */
  readonly logPath: string
}

export interface LifecycleOptions {
  readonly name: string
  readonly driver: Driver
  /** Where it serves, for people. */
  readonly url: () => string
  readonly logPath: string
  /** Files and directories that it keeps what it knows in: `wipe` removes them. */
  readonly stored: readonly string[]
  readonly events: EventStream
  readonly clock: Clock
  /** Resolves when the component answers; rejects when it does not yet. */
  readonly probe: (signal: AbortSignal) => Promise<unknown>
  readonly readyMsMax: number
  /** What may change between two starts. Absent: nothing. */
  readonly changes?: LaunchChanges
  /** It ended although nobody had asked it to, after it was ready. */
  readonly onUnexpectedExit: (error: ComponentError) => void
}

/** What may change of a component between two starts. */
export interface LaunchChanges {
  /** How it is started after the changes so far; undefined before the first. */
  launch(): Launch | undefined
  /** Chooses other places to listen, and leads all links there. */
  relocate(): Promise<void>
  /** Null: its client takes no other clock than the machine's. */
  readonly skewClock: ((ms: number) => void) | null
}

/** A refused call costs the runner a millisecond, which what it waits for needs itself on a machine with few cores. */
const probePeriodMs = 50
const logLinesShown = 15
/** One whose log grows is slow, not stuck; but some say for ever that they wait. */
const silencesMax = 3

type ComponentFact = Omit<Extract<Fact, { kind: 'component' }>, 'kind' | 'component'>

export function createLifecycle(options: LifecycleOptions): ComponentLifecycle {
  const { name, driver, events, clock, logPath, changes } = options
  const can = new Set([...driver.can].filter((action) => isPossible(action, changes)))
  let running: RunningComponent | null = null
  /** Between the call of `start` and its end: nothing runs yet, and a second one must not come beside it. */
  let starting = false
  let starts = 0

  const record = (fact: ComponentFact) => events.record({ kind: 'component', component: name, ...fact })
  const pidOf = ({ pid }: RunningComponent) => (pid === null ? {} : { pid })

  const fail = (what: string): ComponentError =>
    new ComponentError(name, what, { logPath, lastLines: tailOfLog(logPath, logLinesShown) })
  const ended = ({ reason }: ComponentExit, doing: string) => fail(`ended with ${reason} ${doing}`)

  function mustBeAble(action: LifecycleAction): void {
    if (can.has(action)) return
    if (driver.can.has(action))
      throw new ComponentError(name, `cannot do ${action}: its client can be told nothing of the kind`)
    throw new ComponentError(
      name,
      `cannot do ${action}: its driver is ${driver.kind}${driver.otherwise === undefined ? '' : `; ${driver.otherwise}`}`,
    )
  }

  async function waitUntilReady(component: RunningComponent): Promise<void> {
    const over = new AbortController()
    let waitedMs = options.readyMsMax
    const startedMs = clock.nowMs()
    let logBytes = 0
    let lastError: unknown = 'it does not listen'
    const probing = async () => {
      await Promise.race([component.serving, clock.sleep(options.readyMsMax, over.signal).catch(() => {})])
      while (!over.signal.aborted) {
        try {
          await options.probe(over.signal)
          return 'ready' as const
        } catch (error) {
          lastError = error
        }
        if (clock.nowMs() > startedMs + waitedMs) {
          const bytes = sizeOfLog(logPath)
          if (bytes === logBytes || waitedMs >= silencesMax * options.readyMsMax) return 'late' as const
          logBytes = bytes
          waitedMs += options.readyMsMax
        }
        await clock.sleep(probePeriodMs, over.signal).catch(() => {})
      }
      return 'late' as const
    }
    const outcome = await Promise.race([probing(), component.exited])
    over.abort()
    if (outcome === 'ready') return
    if (outcome !== 'late') throw ended(outcome, 'while it was starting')
    throw fail(
      `did not serve ${options.url()} within ${waitedMs} ms: ${lastError instanceof Error ? lastError.message : lastError}`,
    )
  }

  async function end(how: 'stop' | 'kill'): Promise<void> {
    const component = running
    if (component === null) return
    mustBeAble(how)
    running = null
    record({ action: how, ...pidOf(component) })
    await component[how]()
  }

  async function launchAndWait(): Promise<void> {
    starts++
    const startedMs = clock.nowMs()
    const component = await driver.launch(changes?.launch())
    running = component
    record({ action: 'start', ...pidOf(component) })
    let ready = false
    void component.exited.then((exit) => {
      record({ action: 'exit', ...pidOf(component), reason: exit.reason })
      if (running === component) running = null
      if (ready && !exit.wanted) options.onUnexpectedExit(ended(exit, 'by itself'))
    })
    await waitUntilReady(component)
    ready = true
    record({ action: 'ready', durationMs: clock.nowMs() - startedMs, url: options.url() })
  }

  /** Synchronous up to the effect: a fault pauses an engine while it holds a message. */
  async function freeze(action: 'pause' | 'resume'): Promise<void> {
    mustBeAble('pause')
    const component = running
    if (component === null)
      throw new ComponentError(name, `cannot ${action}: expected it to run, found it stopped`)
    record({ action, ...pidOf(component) })
    await component[action]()
  }

  return {
    name,
    logPath,
    driver: driver.kind,
    can,
    get pid() {
      return running?.pid ?? null
    },
    get running() {
      return running !== null
    },
    get starts() {
      return starts
    },
    async start() {
      if (running !== null) throw new ComponentError(name, 'runs already')
      if (starting) throw new ComponentError(name, 'is being started already')
      starting = true
      try {
        await launchAndWait()
      } finally {
        starting = false
      }
    },
    stop: () => end('stop'),
    kill: () => end('kill'),
    pause: () => freeze('pause'),
    resume: () => freeze('resume'),
    async wipe() {
      mustBeAble('wipe')
      await end('stop')
      await driver.wipe?.()
      for (const path of options.stored) rmSync(path, { recursive: true, force: true })
      record({ action: 'wipe' })
    },
    async relocate() {
      mustBeAble('relocate')
      await end('stop')
      await changes?.relocate()
    },
    async skewClock(ms) {
      mustBeAble('skewClock')
      await end('stop')
      changes?.skewClock?.(ms)
    },
  }
}

function isPossible(action: LifecycleAction, changes: LaunchChanges | undefined): boolean {
  if (action === 'relocate') return changes !== undefined
  if (action === 'skewClock') return changes !== undefined && changes.skewClock !== null
  return true
}
