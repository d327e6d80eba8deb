import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createFakeClock } from '../../node/ports/testing/fake-clock.ts'
import type { Fact } from '../events/event.ts'
import { createAttachDriver } from './attach-driver.ts'
import { createLifecycle } from './lifecycle.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-attach-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const url = 'http://127.0.0.1:1'

function attached(probe: () => Promise<unknown>, readyMsMax = 0) {
  const facts: Fact[] = []
  const told: string[] = []
  const lifecycle = createLifecycle({
    ...{ name: 'follower', url: () => url, logPath: '/none', stored: ['/none'], readyMsMax },
    driver: createAttachDriver({
      ...{ name: 'follower', url, tell: (script) => told.push(script) },
      launch: {
        command: 'sh',
        args: ['-c', 'printf "%s|" "$ODD" "$@"', 'sh', "it's", '$HOME `id`', '', '--port=1'],
        env: { ODD: "a 'quoted' $value" },
      },
      write(name, script) {
        const path = join(directory, name)
        writeFileSync(path, script, { flag: 'wx', mode: 0o700 })
        return path
      },
    }),
    events: { record: (fact) => void facts.push(fact), subscribe: () => () => {}, end: () => {} },
    clock: createFakeClock(0),
    probe,
    onUnexpectedExit: (error) => {
      throw error
    },
  })
  return { lifecycle, facts, told }
}

it('waits until it answers, and can do nothing to it', async () => {
  const { lifecycle, facts } = attached(async () => 'here')
  await lifecycle.start()
  expect(lifecycle.running).toBe(true)
  expect(facts.map((fact) => (fact.kind === 'component' ? fact.action : fact.kind))).toEqual([
    'start',
    'ready',
  ])
  for (const action of ['stop', 'kill', 'pause', 'wipe'] as const)
    await expect(lifecycle[action]()).rejects.toThrow(
      `follower cannot do ${action}: its driver is attach; somebody else runs it: stop, start or pause it where it runs`,
    )
})

it('tells whoever is to start it by what, as it would be started here', async () => {
  const { lifecycle, told } = attached(async () => 'here')
  await lifecycle.start()
  const script = join(directory, 'start-follower.sh')
  expect(told).toEqual([script])
  expect(execFileSync(script, ['more'], { encoding: 'utf8' })).toBe(
    "a 'quoted' $value|it's|$HOME `id`||--port=1|more|",
  )
})
