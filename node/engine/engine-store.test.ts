import { describe, expect, it } from 'vitest'
import { createSilentLogger } from '../ports/testing/silent-logger.ts'
import type { EngineState } from './engine-client.ts'
import { createEngineStore, headsOf } from './engine-store.ts'
import { CriticalEngineError } from './errors.ts'
import { ref } from './testing/refs.ts'

const start = () => {
  const logger = createSilentLogger()
  const store = createEngineStore(logger)
  const published: EngineState[] = []
  store.subscribe((state) => published.push(state))
  return { logger, store, published }
}

describe('engine store', () => {
  it('publishes a new object for every change', () => {
    const { store, published } = start()
    store.update({ unsafe: ref('a', 3n) })
    store.update({ unsafe: ref('a', 4n) })
    expect(published.map(({ unsafe }) => unsafe.number)).toEqual([3n, 4n])
    expect(published[1]).toBe(store.state)
    expect(published[0]).not.toBe(published[1])
  })

  it('publishes nothing when every reference names the same block', () => {
    const { store, published } = start()
    const target = () => ({ ...headsOf(store.state), unsafe: ref('a', 9n) })
    store.update({ unsafe: ref('a', 3n), syncTarget: target() })
    store.update({ unsafe: ref('a', 3n), syncTarget: target() })
    expect(published).toHaveLength(1)
  })

  it('never publishes heads that break an invariant', () => {
    const { store, published } = start()
    store.update({ unsafe: ref('a', 3n), localSafe: ref('a', 2n) })
    expect(() => store.update({ safe: ref('a', 3n) })).toThrow(CriticalEngineError)
    expect(published).toHaveLength(1)
    expect(store.state.safe.number).toBe(0n)
  })

  it('syncs while there is a target, and sees another one', () => {
    const { store, published } = start()
    const target = (number: bigint) => ({ ...headsOf(store.state), unsafe: ref('a', number) })
    store.update({ syncTarget: target(9n) })
    store.update({ syncTarget: target(10n) })
    expect(published.map(({ elSyncing, syncTarget }) => [elSyncing, syncTarget?.unsafe.number])).toEqual([
      [true, 9n],
      [true, 10n],
    ])
    store.update({ syncTarget: null })
    expect(store.state.elSyncing).toBe(false)
  })

  it('goes on when a listener fails', () => {
    const { store, published, logger } = start()
    store.subscribe(() => {
      throw new Error('listener')
    })
    const later: EngineState[] = []
    store.subscribe((state) => later.push(state))
    store.update({ syncTarget: headsOf(store.state) })
    expect([published.length, later.length]).toEqual([1, 1])
    expect(logger.lines[0]?.level).toBe('error')
  })

  it('tells nobody who has left', () => {
    const { store } = start()
    const heard: EngineState[] = []
    const leave = store.subscribe((state) => heard.push(state))
    leave()
    store.update({ syncTarget: headsOf(store.state) })
    expect(heard).toEqual([])
  })
})
