import { expect, it } from 'vitest'
import { createFakeClock } from '../../node/ports/testing/fake-clock.ts'
import type { Fact } from '../events/event.ts'
import { createAttachDriver } from './attach-driver.ts'
import { createLifecycle } from './lifecycle.ts'

function attached(probe: () => Promise<unknown>) {
  const facts: Fact[] = []
  const lifecycle = createLifecycle({
    ...{
      name: 'follower',
      url: () => 'http://127.0.0.1:1',
      logPath: '/none',
      stored: ['/none'],
      readyMsMax: 0,
    },
    driver: createAttachDriver(),
    events: { record: (fact) => void facts.push(fact), subscribe: () => () => {}, end: () => {} },
    clock: createFakeClock(0),
    probe,
    onUnexpectedExit: (error) => {
      throw error
    },
  })
  return { lifecycle, facts }
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
      `follower cannot do ${action}: its driver is attach; it was running before the devstack: stop, start or pause it where it runs`,
    )
})
