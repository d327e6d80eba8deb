import { expect, it } from 'vitest'
import { createCountingMetrics } from '../../ports/testing/counting-metrics.ts'
import { createFakeClock } from '../../ports/testing/fake-clock.ts'
import { zeroL1BlockRef, zeroL2BlockRef } from '../../protocol/refs.ts'
import { observePipeline } from './observe-pipeline.ts'
import type { Pipeline, PipelineStep } from './pipeline.ts'

it('times every step, and tells whether derivation is idle and what waits in its channels', async () => {
  const { metrics, value } = createCountingMetrics()
  const script: PipelineStep[] = [
    { kind: 'idle' },
    { kind: 'advanced', origin: zeroL1BlockRef },
    { kind: 'progress' },
    { kind: 'idle' },
  ]
  const inner: Pipeline = {
    origin: zeroL1BlockRef,
    held: { channels: 2, bytes: 700 },
    step: async () => script.shift() ?? Promise.reject(new Error('L1 is away')),
    reset: async () => {},
    flushChannel: () => {},
  }
  const pipeline = observePipeline(inner, { metrics, clock: createFakeClock() })
  const step = () => pipeline.step(zeroL2BlockRef, new AbortController().signal)

  await step()
  expect(value('derivation_idle')).toBe(1)
  expect(value('channel_buffer_len')).toBe(0)
  await step()
  expect(value('derivation_idle')).toBe(0)
  expect(value('channel_buffer_len')).toBe(2)
  expect(value('channel_buffer_mem_size')).toBe(700)
  await step()
  await step()
  expect(value('derivation_idle')).toBe(1)
  expect(value('pipeline_step_seconds', { outcome: 'idle' })).toBe(2)
  expect(value('pipeline_step_seconds', { outcome: 'progress' })).toBe(1)
  await expect(step()).rejects.toThrow('L1 is away')
})
