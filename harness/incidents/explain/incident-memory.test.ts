import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { healthy } from '../testing/healthy-day.ts'
import { explainIncident } from './explain.ts'
import { createIncidentReader } from './incident.ts'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')
const usedBytes = () => {
  collect()
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
}

/** A day of a default devstack has 1.3 million of them: `explain` on it may take 500 MB with all that it is. */
const bytesPerEventMax = 70
/** A collection leaves a megabyte or two of what it might have taken. */
const noiseBytes = 3e6

it('keeps few bytes of each event, however long a recording is', { timeout: 60_000 }, () => {
  const read = (hours: number) => {
    const before = usedBytes()
    const reader = createIncidentReader()
    let events = 0
    for (const event of healthy(hours)) {
      reader.add(event)
      events++
    }
    const bytes = usedBytes() - before
    return { events, bytes, explanation: explainIncident(reader.incident()) }
  }
  // What is loaded and compiled at the first reading is of no event.
  read(0.1)
  const { events, bytes, explanation } = read(4)
  expect(explanation.findings).toEqual([])
  expect(bytes, `of ${events} events`).toBeLessThan(events * bytesPerEventMax + noiseBytes)
})
