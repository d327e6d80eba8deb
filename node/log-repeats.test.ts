import { describe, expect, it } from 'vitest'
import { limitRepeats } from './log-repeats.ts'
import { createFakeClock } from './ports/testing/fake-clock.ts'
import { createSilentLogger } from './ports/testing/silent-logger.ts'

function setUp() {
  const clock = createFakeClock()
  const inner = createSilentLogger()
  const warnings = () => inner.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields)
  return { clock, inner, warnings, logger: limitRepeats(inner, clock) }
}

describe('limitRepeats', () => {
  it('tells a standing fault at once, then every ten seconds with what it left out', async () => {
    const { clock, inner, warnings, logger } = setUp()
    for (let index = 0; index < 101; index++) {
      logger.warn('L1 cannot be asked', { error: `attempt ${index}` })
      await clock.advance(200)
    }
    expect(warnings()).toEqual([
      { error: 'attempt 0' },
      { error: 'attempt 50', repeats: 49 },
      { error: 'attempt 100', repeats: 49 },
    ])
    expect(inner.lines.filter(({ level }) => level === 'debug')).toHaveLength(98)
  })

  it('tells a fault that comes back later without repeats', async () => {
    const { clock, warnings, logger } = setUp()
    logger.warn('L1 cannot be asked', { error: 'a' })
    await clock.advance(10_000)
    logger.warn('L1 cannot be asked', { error: 'b' })
    expect(warnings()).toEqual([{ error: 'a' }, { error: 'b' }])
  })

  it('keeps apart what differs by task or reason, and what is no fault', () => {
    const { inner, logger } = setUp()
    for (const task of ['insert', 'follow']) logger.warn('an engine task has to wait', { task, error: 'x' })
    for (const reason of ['a', 'b']) logger.warn('dropped', { reason, error: 'x' })
    for (let index = 0; index < 3; index++) logger.warn('L1 reorg', { depth: index })
    for (let index = 0; index < 3; index++) logger.error('failed', { error: 'x' })
    expect(inner.lines.filter(({ level }) => level !== 'debug')).toHaveLength(2 + 2 + 3 + 3)
  })
})
