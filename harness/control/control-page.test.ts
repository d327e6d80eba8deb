import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { expect, it } from 'vitest'
import { createFakeWorld } from '../dsl/testing/fake-world.ts'
import { controlHandlers } from './control-methods.ts'
import { controlPage } from './control-page.ts'
import { startControlServer } from './control-server.ts'
import { createInstalledFaults } from './installed-faults.ts'

const script = fileURLToPath(new URL('../../docs/examples/drive-a-devstack.sh', import.meta.url))
const hasCurl = (await execa('curl', ['--version'], { reject: false })).exitCode === 0

it('docs/control.md is current: write it with `npm run docs`', () => {
  expect(readFileSync(new URL('../../docs/control.md', import.meta.url), 'utf8')).toBe(controlPage())
})

it.skipIf(!hasCurl)('its script drives a devstack to the end (needs curl)', async () => {
  const world = createFakeWorld()
  const token = 'c'.repeat(64)
  await using server = disposable(
    await startControlServer({
      ...{ token, port: 0 },
      methods: controlHandlers({ world, faults: createInstalledFaults(), signal: world.failed }),
    }),
  )
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-control-'))
  try {
    const tokenPath = join(folder, 'control.token')
    await writeFile(tokenPath, `${token}\n`)
    const up = join(folder, 'up.json')
    await writeFile(
      up,
      `${JSON.stringify({ runId: 'x', control: { url: server.url, tokenPath }, l1: {} })}\n`,
    )

    await world.l1.controller.mine({ blocks: 5 })
    const run = execa('sh', [script, up], { reject: false })
    let [running, height] = [true, 0]
    void run.finally(() => {
      running = false
    })
    const { follower } = world.controls
    // The chain grows as long as the script runs.
    while (running) {
      follower.set({ unsafe: height + 2, localSafe: height })
      height++
      await world.clock.advance(1_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const { exitCode, stdout, stderr } = await run
    expect(stderr).toBe('')
    expect(exitCode, stdout).toBe(0)
    expect(stdout).toContain('"orphaned":[{')
    expect(world.l1.view.lastReorgMs).not.toBeNull()
    expect(stdout).toContain(
      'control_partition {"node":"follower"}: {"jsonrpc":"2.0","id":1,"result":{"cut":[[',
    )
    expect(stdout.split('\n').at(-1)).toContain('"topology":"twoVerifiersFollowing"')
    expect((await world.cls.get('follower')?.gossip.connected())?.size).toBe(2)
  } finally {
    await rm(folder, { recursive: true })
    await world.stop()
  }
})

const disposable = <T extends { close(): Promise<void> }>(server: T): T & AsyncDisposable =>
  Object.assign(server, { [Symbol.asyncDispose]: () => server.close() })
