import { randomBytes } from 'node:crypto'
import type { JsonRpcServer } from '../../node/json-rpc/http-server.ts'
import { sequencerOf } from '../control/component.ts'
import { controlHandlers } from '../control/control-methods.ts'
import { startControlServer } from '../control/control-server.ts'
import { createInstalledFaults } from '../control/installed-faults.ts'
import { startTransfers, type Transfers } from '../load/transfers.ts'
import { createLiveArea } from '../report/live-area.ts'
import type { System } from '../world/live/system.ts'
import { afterCall, type KeyDeed, type KeyState, keyDeed } from './up-keys.ts'
import { type Heard, liveLines } from './up-live.ts'

/** What runs beside the devstack while it is up: the control API, the load, the live view and its keys. */
export interface UpSession extends AsyncDisposable {
  readonly control: { readonly url: string; readonly tokenPath: string }
  /** Draws the live view, and listens to keys where there is a keyboard, until the session ends. */
  watch(onQuit: () => void): void
}

export interface UpSessionOptions {
  readonly system: System
  readonly heard: Heard
  readonly controlPort: number
  /** Transfers a second; 0 for none. */
  readonly txRate: number
}

const refreshMs = 500

export async function startUpSession(options: UpSessionOptions): Promise<UpSession> {
  const { system, heard, controlPort, txRate } = options
  const faults = createInstalledFaults()
  const token = randomBytes(32).toString('hex')
  const context = { world: system, faults, signal: system.failed }
  const handlers = controlHandlers(context)
  const server: JsonRpcServer = await startControlServer({ methods: handlers, token, port: controlPort })
  const tokenPath = system.directory.write('control.token', `${token}\n`, 'secret')
  const transfers: Transfers | null = txRate === 0 ? null : loadOf(system, txRate)
  const ending: (() => void)[] = []

  let keys: KeyState = {
    ...{ selected: [...system.cls.keys()].at(-1) ?? '', depth: 1, paused: new Set(), cut: new Set() },
    ...{ batcherOn: system.batcher?.running ?? false, sequencerOn: true },
    producing: system.l1.controller.producing,
  }
  let said = ''

  async function act(deed: Exclude<KeyDeed, { kind: 'quit' }>, draw: () => void): Promise<void> {
    if (deed.kind === 'select') keys = { ...keys, selected: deed.node }
    else if (deed.kind === 'depth') keys = { ...keys, depth: deed.depth }
    else {
      said = `${deed.what} …`
      draw()
      try {
        await handlers.get(deed.method)?.([deed.params])
        keys = afterCall(keys, deed)
        said = `${deed.what}: done`
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        said = `${deed.what}: ${why.split('\n', 1)[0]}`
      }
    }
    draw()
  }

  return {
    control: { url: server.url, tokenPath },
    watch(onQuit) {
      const area = createLiveArea(process.stdout)
      const interactive = process.stdin.isTTY === true
      const draw = () =>
        area.show(liveLines({ world: system, heard, keys, faults, transfers, said, interactive }))
      const timer = setInterval(draw, refreshMs)
      // The last state stays on the screen: it is what a person asks about after the end.
      ending.push(() => clearInterval(timer))
      draw()
      if (!interactive) return
      const { stdin } = process
      // One at a time: a key that is pressed while another is carried out waits.
      let queue = Promise.resolve()
      const onKey = (bytes: Buffer) => {
        const deed = keyDeed(bytes.toString('utf8'), keys, [...system.cls.keys()])
        if (deed === null) return
        if (deed.kind === 'quit') onQuit()
        else queue = queue.then(() => act(deed, draw))
      }
      stdin.setRawMode(true)
      stdin.on('data', onKey)
      ending.push(() => {
        stdin.off('data', onKey)
        stdin.setRawMode(false)
        stdin.pause()
      })
    },
    async [Symbol.asyncDispose]() {
      for (const end of ending) end()
      await transfers?.stop()
      await server.close()
    },
  }
}

/** The load goes to the engine of the node that builds the blocks. */
function loadOf(system: System, perSecond: number): Transfers {
  const { rpc } = system.cls.get(sequencerOf(system))!.el
  return startTransfers({ world: system, rpc, perSecond })
}
