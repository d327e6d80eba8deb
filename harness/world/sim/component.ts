import type { Clock } from '../../../node/ports/clock.ts'
import type { Driver, RunningComponent } from '../../drivers/driver.ts'
import { type ComponentLifecycle, createLifecycle } from '../../drivers/lifecycle.ts'
import type { LifecycleAction } from '../../drivers/lifecycle-handle.ts'
import type { EventStream } from '../../events/stream.ts'
import type { ComponentError } from '../component-error.ts'
import type { EngineAtHand, Provider } from './provider.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** A component from its start to its end. */
export interface Started {
  readonly dispatch: Provider['dispatch']
  readonly engine?: EngineAtHand
  /** Rejects when it ends by itself; resolves when it was told to. */
  readonly done: Promise<void>
  /** What it does when it is told to stop, before its signal aborts; nobody who is killed gets to it. */
  readonly finish?: () => Promise<void>
}

/** A component of a simulated world: who calls it asks for its provider, and time stands still for it while it is paused. */
export interface SimComponent {
  readonly clock: Clock
  readonly lifecycle: ComponentLifecycle
  /** Null while it does not run. */
  readonly provider: () => Provider | null
}

export interface SimComponentOptions {
  readonly name: string
  readonly world: VirtualClock
  readonly events: EventStream
  readonly onUnexpectedExit: (error: ComponentError) => void
  /** Starts it; it ends when the signal aborts. */
  readonly start: (signal: AbortSignal) => Promise<Started>
  /** Forgets what it keeps over a restart. */
  readonly wipe: () => void
  /** It can be started with a clock that is wrong. Default: it has the world's. */
  readonly skewsClock?: boolean
}

const can: ReadonlySet<LifecycleAction> = new Set(['start', 'stop', 'kill', 'pause', 'wipe', 'skewClock'])
const readyMsMax = 60_000

export function createSimComponent(options: SimComponentOptions): SimComponent {
  const { name, world, events } = options
  let running: Provider | null = null
  let paused: PromiseWithResolvers<void> | null = null
  let skewMs = 0
  const rightClock = world.of(name, () => paused !== null)
  const clock: Clock = { ...rightClock, nowMs: () => rightClock.nowMs() + skewMs }

  function resume(): void {
    paused?.resolve()
    paused = null
    world.release(name)
  }

  async function launch(): Promise<RunningComponent> {
    const stopping = new AbortController()
    const { done, finish, ...served } = await options.start(stopping.signal)
    const provider: Provider = { ...served, paused: () => paused?.promise ?? null }
    running = provider
    const exited = done.then(
      () => ({ reason: 'it was stopped', wanted: stopping.signal.aborted }),
      (error: unknown) => ({
        reason: error instanceof Error ? error.message : String(error),
        wanted: stopping.signal.aborted,
      }),
    )
    void exited.then(() => {
      if (running === provider) running = null
    })
    const end = () => {
      if (running === provider) running = null
      stopping.abort(new Error(`${name} is stopped`))
      resume()
    }
    return {
      pid: null,
      exited,
      async stop() {
        resume()
        await finish?.()
        end()
        await exited
      },
      // Nothing of it is waited for: whatever it still does reaches nobody.
      async kill() {
        end()
      },
      async pause() {
        paused ??= Promise.withResolvers<void>()
      },
      async resume() {
        resume()
      },
    }
  }

  const driver: Driver = {
    kind: 'in-process',
    can,
    launch,
    wipe: async () => options.wipe(),
  }
  return {
    clock,
    lifecycle: createLifecycle({
      ...{ name, driver, events, clock: world, readyMsMax },
      ...{ url: () => `memory://${name}`, logPath: '', stored: [] },
      changes: {
        launch: () => undefined,
        relocate: async () => {},
        skewClock:
          options.skewsClock === true
            ? (ms) => {
                skewMs = ms
              }
            : null,
      },
      probe: async () => {
        if (running === null) throw new Error('it does not run')
      },
      onUnexpectedExit: options.onUnexpectedExit,
    }),
    provider: () => running,
  }
}
