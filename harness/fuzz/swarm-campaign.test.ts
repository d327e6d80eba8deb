import { describe, expect, it } from 'vitest'
import { DockerError } from '../drivers/docker/engine.ts'
import type { SwarmJob, SwarmTask } from '../drivers/docker/swarm-job.ts'
import { drawCase } from './draw-case.ts'
import { liveLine } from './live-line.ts'
import { type CampaignResult, emptyResult } from './result.ts'
import { followJob, type ShardResult } from './swarm-campaign.ts'
import { shardOfSlot } from './swarm-slot.ts'

const task = (slot: number, state: string, more: Partial<SwarmTask> = {}): SwarmTask => ({
  ...{ id: `${slot} ${state}`, slot, state, isOver: ['complete', 'failed', 'rejected'].includes(state) },
  ...{ exitCode: state === 'complete' ? 0 : state === 'failed' ? 1 : null, error: null },
  ...more,
})
const result = (runs: number, failures = 0): CampaignResult => ({
  ...{ ...emptyResult, runs },
  failures: Array.from({ length: failures }, (_, index) => drawCase(String(index), 10_000)),
})
const said = (runs: number, failures = 0) =>
  `model engine · ${liveLine(result(runs, failures), 60_000)}\n${JSON.stringify(result(runs, failures))}\n`

/** A swarm that shows one of these after the other, and the last one for ever. */
async function follow(
  looks: readonly (readonly SwarmTask[] | Error)[],
  texts: Readonly<Record<string, string>> = {},
  count = 2,
  errors: Readonly<Record<string, string>> = {},
) {
  const lines: string[] = []
  const results: ShardResult[] = []
  let look = 0
  let nowMs = 0
  const job: SwarmJob = {
    async tasks() {
      const shown = looks[Math.min(look++, looks.length - 1)]!
      if (shown instanceof Error) throw shown
      return shown
    },
    said: async ({ id }) => ({ stdout: texts[id] ?? '', stderr: errors[id] ?? '' }),
    remove: async () => {},
  }
  const over = followJob(job, count, {
    signal: new AbortController().signal,
    onProgress: (line) => lines.push(line),
    onResult: (one) => results.push(one),
    pause: async (ms) => {
      nowMs += ms
    },
    nowMs: () => nowMs,
  })
  const error = await over.then(
    () => null,
    (reason: unknown) => String(reason),
  )
  return { lines, results, error, looks: look }
}

describe('a campaign in a swarm', () => {
  it('takes what each shard found, once, and says how it goes', async () => {
    const { lines, results, error } = await follow(
      [
        [task(0, 'running'), task(1, 'pending', { error: 'no suitable node' })],
        [task(0, 'complete'), task(1, 'running')],
        [task(0, 'complete'), task(1, 'complete')],
      ],
      {
        '0 running': `model engine · ${liveLine(result(3), 60_000)}\n`,
        '0 complete': said(5, 1),
        '1 running': `model engine · ${liveLine(result(2), 60_000)}\nseed 7: convergence: no\n`,
        '1 complete': said(4),
      },
    )
    expect(error).toBeNull()
    expect(results).toEqual([
      { index: 1, count: 2, result: result(5, 1), lost: null },
      { index: 2, count: 2, result: result(4), lost: null },
    ])
    expect(lines).toEqual([
      '0 of 2 shards done · 3 seeds · 3.0 a minute · 0 failures · 1 wait: no suitable node',
      '1 of 2 shards done · 7 seeds · 2.0 a minute · 1 failures',
    ])
  })

  it('waits for the task that is tried again, and gives a shard up whose last one fails', async () => {
    const failed = (id: string) => task(0, 'failed', { id, error: 'task: non-zero exit (1)' })
    const { results, looks } = await follow(
      [
        [failed('a')],
        [failed('a'), failed('b')],
        [failed('a'), failed('b'), task(0, 'running')],
        [failed('a'), failed('b'), failed('c')],
      ],
      { c: 'nothing' },
      1,
      { c: 'Error: something\n    at there\n\nNode.js v24\n' },
    )
    expect(looks).toBe(4)
    expect(results).toEqual([
      {
        ...{ index: 1, count: 1, result: null },
        lost: 'failed, exit code 1: task: non-zero exit (1): Error: something',
      },
    ])
    const again = await follow(
      [[failed('a')], [failed('a'), task(0, 'complete')]],
      { '0 complete': said(5) },
      1,
    )
    expect(again.results).toEqual([{ index: 1, count: 1, result: result(5), lost: null }])
  })

  it.each([
    ['nothing', ''],
    ['something else', 'hello\n'],
    ['half of its result', said(5).slice(0, -40)],
    ['a result of another kind', '{"format":"lockstep-campaign","version":2}\n'],
  ])('has no result of a shard that said %s', async (_, text) => {
    const { results } = await follow([[task(0, 'complete')]], { '0 complete': text }, 1)
    expect(results[0]).toMatchObject({ result: null })
    expect(results[0]!.lost).toMatch(/^complete, exit code 0/)
  })

  it('asks again when the swarm does not answer, and not for ever', async () => {
    const away = new DockerError('the swarm: connect ECONNREFUSED')
    const back = await follow([away, away, [task(0, 'complete')]], { '0 complete': said(1) }, 1)
    expect(back).toMatchObject({ error: null, results: [{ lost: null }] })
    const gone = await follow([[task(0, 'running')], away], {}, 1)
    expect(gone.error).toContain('ECONNREFUSED')
    expect(gone.looks).toBe(16)
  })

  it.each([
    ['what never runs', [task(0, 'pending', { error: 'no suitable node' })], 'pending (no suitable node)'],
    ['an empty job', [], 'there is no task'],
  ])('gives up %s', async (_, tasks, expected) => {
    const { error } = await follow([tasks], {}, 1)
    expect(error).toContain(`runs nothing, and has not for 10 minutes: ${expected}`)
  })
})

it.each([
  ['0', '1/3'],
  ['kd96uilsug0cmbrtbs59oh9ko', '1/3'],
  ['2', '3/3'],
])('slot %s is shard %s', (slot, shard) => {
  expect(shardOfSlot(slot, 3)).toBe(shard)
})
