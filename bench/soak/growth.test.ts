import { expect, it } from 'vitest'
import { growthOf, holds, runGrowthOf } from './growth.ts'
import { growthTable } from './growth-table.ts'
import type { Sample } from './sample.ts'

/** A sample each minute of a process that has as much as `mib` and `fds` say. */
const run = (minutes: number, mib: (minute: number) => number, fds: (minute: number) => number = () => 20) =>
  Array.from(
    { length: minutes + 1 },
    (_, minute): Sample => ({
      minutes: minute,
      processes: { follower: { residentMiB: mib(minute), heapMiB: 50, fds: fds(minute) } },
      ...{ files: 10 + minute, diskMiB: minute / 2, events: 600 * minute },
    }),
  )

it.each([
  ['flat', run(60, (minute) => 100 + (minute % 7)), true],
  ['flat after its warm-up', run(60, (minute) => Math.min(minute, 10) * 10), true],
  ['above its bound', run(60, (minute) => (minute === 40 ? 161 : 100)), false],
  ['grows', run(60, (minute) => 80 + minute), false],
  [
    'opens files',
    run(
      60,
      () => 100,
      (minute) => 20 + minute,
    ),
    false,
  ],
  ['too short to say', run(15, (minute) => 80 + minute), true],
])('says of a process that it is or does: %s', (text, samples, isGood) => {
  const [row] = growthOf(samples, () => 'node')
  expect(text).toContain(row?.verdict)
  expect(row === undefined ? null : holds(row)).toBe(isGood)
})

it('tells quarters, of which one may be missing', () => {
  const samples = run(8, (minute) => 10 * minute).filter(({ minutes }) => minutes < 4 || minutes > 5)
  const [row] = growthOf(samples, () => 'node')
  expect(row?.residentMiB).toEqual([5, 25, null, 70])
  expect(runGrowthOf(samples)).toEqual({
    ...{ files: [11, 13, null, 18], diskMiB: [0.5, 1.5, null, 4], eventsPerSecond: [10, 10, null, 10] },
  })
  const table = growthTable(row === undefined ? [] : [row], runGrowthOf(samples))
  expect(table).toContain('5 25 – 70')
  expect(table).toContain('events per second  10 10 – 10')
})
