import { ComponentError } from '../../world/component-error.ts'
import type { ClHandle } from '../../world/world.ts'

type FakeLifecycle = ClHandle['lifecycle'] & { paused: boolean }

/** A component that runs already, and starts and ends at once. */
export function fakeLifecycle(name: string, onWipe: () => void = () => {}): FakeLifecycle {
  let [running, starts] = [true, 1]
  const end = async () => {
    running = false
    lifecycle.paused = false
  }
  const lifecycle: FakeLifecycle = {
    driver: 'in-process',
    can: new Set(['start', 'stop', 'kill', 'pause', 'wipe']),
    paused: false,
    get starts() {
      return starts
    },
    get running() {
      return running
    },
    async start() {
      if (running) throw new ComponentError(name, 'runs already')
      running = true
      starts++
    },
    stop: end,
    kill: end,
    async pause() {
      lifecycle.paused = running
    },
    async resume() {
      lifecycle.paused = false
    },
    async wipe() {
      await end()
      onWipe()
    },
    relocate: end,
    skewClock: end,
  }
  return lifecycle
}
