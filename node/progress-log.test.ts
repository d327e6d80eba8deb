import { expect, it } from 'vitest'
import type { EngineState } from './engine/engine-client.ts'
import { createFakeClock } from './ports/testing/fake-clock.ts'
import { createSilentLogger } from './ports/testing/silent-logger.ts'
import { createProgressLog } from './progress-log.ts'
import { zeroL1BlockRef, zeroL2BlockRef } from './protocol/refs.ts'

it('logs the heads once in ten seconds while they move, and not at all while they stand', async () => {
  const clock = createFakeClock()
  const logger = createSilentLogger()
  const progress = createProgressLog(logger, clock, () => ({ ...zeroL1BlockRef, number: 7n }))
  const state = (unsafe: number): EngineState => ({
    initialized: true,
    initialElSync: 'finished',
    syncTarget: null,
    elSyncing: false,
    holding: false,
    finalizedConflict: null,
    unsafe: { ...zeroL2BlockRef, number: BigInt(unsafe), hash: `0x${String(unsafe).padStart(64, '0')}` },
    pendingSafe: zeroL2BlockRef,
    localSafe: zeroL2BlockRef,
    safe: zeroL2BlockRef,
    finalized: zeroL2BlockRef,
  })
  progress({ ...state(0), initialized: false })
  expect(logger.lines).toEqual([])
  for (let second = 1; second <= 25; second++) {
    progress(state(second))
    await clock.advance(1_000)
  }
  await clock.advance(60_000)
  for (let repeat = 0; repeat < 3; repeat++) progress(state(21))
  expect(logger.lines.map(({ level, fields }) => [level, fields['unsafe'], fields['currentL1']])).toEqual([
    ['info', '1:0x00000000…', '7:0x00000000…'],
    ['info', '11:0x00000000…', '7:0x00000000…'],
    ['info', '21:0x00000000…', '7:0x00000000…'],
  ])
})
