import { describe, expect, it } from 'vitest'
import { createSilentLogger } from '../ports/testing/silent-logger.ts'
import type { EngineState } from './engine-client.ts'
import { createEngineStore } from './engine-store.ts'
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
    store.update({ unsafe: ref('a', 3n), elSyncing: true })
    store.update({ unsafe: ref('a', 3n), elSyncing: true })
    expect(published).toHaveLength(1)
  })

  it('never publishes heads that break an invariant', () => {
    const { store, published } = start()
    store.update({ unsafe: ref('a', 3n), localSafe: ref('a', 2n) })
    expect(() => store.update({ safe: ref('a', 3n) })).toThrow(CriticalEngineError)
    expect(published).toHaveLength(1)
    expect(store.state.safe.number).toBe(0n)
  })

  it('goes on when a listener fails', () => {
    const { store, published, logger } = start()
    store.subscribe(() => {
      throw new Error('listener')
    })
    const later: EngineState[] = []
    store.subscribe((state) => later.push(state))
    store.update({ elSyncing: true })
    expect([published.length, later.length]).toEqual([1, 1])
    expect(logger.lines[0]?.level).toBe('error')
  })

  it('tells nobody who has left', () => {
    const { store } = start()
    const heard: EngineState[] = []
    const leave = store.subscribe((state) => heard.push(state))
    leave()
    store.update({ elSyncing: true })
    expect(heard).toEqual([])
  })
})
