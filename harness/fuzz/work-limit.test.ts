import { type ChildProcess, spawn } from 'node:child_process'
import { afterEach, expect, it } from 'vitest'
import { limitWork } from './work-limit.ts'

let child: ChildProcess
afterEach(() => void child.kill('SIGKILL'))

const run = (program: string) => {
  child = spawn(process.execPath, ['-e', program], { stdio: 'ignore' })
  return child.pid
}
const works = 'for (;;);'
const waits = 'setInterval(() => {}, 1000)'
const long = 600_000

it.each([
  [
    'processor time, of one that works',
    works,
    { workMsMax: 300, realMsMax: long },
    '0.3 s of processor time',
  ],
  ['real time, of one that waits', waits, { workMsMax: long, realMsMax: 300 }, '0.3 s of real time'],
])('tells when a limit is over: %s', async (_, program, limits, told) => {
  const { promise, resolve } = Promise.withResolvers<string>()
  limitWork(run(program), { ...limits, onOver: resolve })
  await expect(promise).resolves.toBe(told)
})

it('counts nothing of what a process waited for, and nothing after its end', async () => {
  const told: string[] = []
  const onOver = (what: string) => void told.push(what)
  const end = limitWork(run(waits), { workMsMax: 1_000, realMsMax: long, onOver })
  const ended = limitWork(child.pid, { workMsMax: long, realMsMax: 1, onOver })
  ended()
  // A third one ends later than both would.
  await new Promise<void>((resolve) => {
    limitWork(child.pid, { workMsMax: long, realMsMax: 1_500, onOver: () => resolve() })
  })
  end()
  expect(told).toEqual([])
})

it('goes by real time where nobody tells what a process used', async () => {
  const { promise, resolve } = Promise.withResolvers<string>()
  limitWork(undefined, { workMsMax: 50, realMsMax: long, onOver: resolve })
  await expect(promise).resolves.toBe('0.05 s of real time')
  run(waits)
})
