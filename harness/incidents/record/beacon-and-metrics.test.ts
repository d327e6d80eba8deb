import { describe, expect, it } from 'vitest'
import type { Fact } from '../../events/event.ts'
import { beaconPoll, type HttpGet } from './beacon-poll.ts'
import { metricsPoll } from './metrics-poll.ts'

const signal = new AbortController().signal

/** A server whose answers a test gives one after the other, by path. */
function server(answers: Readonly<Record<string, readonly (string | number)[]>>) {
  const asked: string[] = []
  const get: HttpGet = async (path) => {
    const answer = answers[path]?.[asked.filter((one) => one === path).length] ?? 404
    asked.push(path)
    return typeof answer === 'number' ? { status: answer, text: '' } : { status: 200, text: answer }
  }
  return { asked, get }
}
const facts: Fact[] = []
const record = (fact: Fact) => void facts.push(fact)

describe('what is recorded of a beacon', () => {
  const syncing = (head: number, is: boolean, elOffline = false) =>
    JSON.stringify({
      data: {
        head_slot: `${head}`,
        sync_distance: '0',
        is_syncing: is,
        is_optimistic: false,
        el_offline: elOffline,
      },
    })

  it('tells what it says of itself when that changes, and not every slot', async () => {
    facts.length = 0
    const path = '/eth/v1/node/syncing'
    const { get } = server({ [path]: [syncing(1, false), syncing(2, false), syncing(3, false, true), 503] })
    const poll = beaconPoll('beacon', get, record)
    for (let time = 0; time < 3; time++) await poll(signal)
    expect(facts).toMatchObject([
      { kind: 'rpc', link: 'recorder→beacon', response: { el_offline: false, headSlot: 1 } },
      { kind: 'rpc', link: 'recorder→beacon', response: { el_offline: true, headSlot: 3 } },
    ])
    await expect(poll(signal)).rejects.toThrow('HTTP 503')
  })

  it('asks one that serves blobs alone whether it answers', async () => {
    facts.length = 0
    const { get, asked } = server({ '/eth/v1/config/spec': ['{}', 500] })
    const poll = beaconPoll('beacon', get, record)
    await poll(signal)
    await poll(signal)
    expect(asked).toEqual(['/eth/v1/node/syncing', '/eth/v1/config/spec'])
    expect(facts).toMatchObject([{ kind: 'note', component: 'recorder' }])
    await expect(poll(signal)).rejects.toThrow('HTTP 500')
  })
})

describe('what is recorded of metrics', () => {
  const text = (resets: number, blocks: number, late = '') =>
    `# HELP x_resets_total resets\n# TYPE x_resets_total counter\nx_resets_total{actor="a"} ${resets}\nx_blocks ${blocks}\nx_error_seconds_bucket{le="1"} ${blocks}\n${late}`

  it('tells counters of what should not happen when they move, and no others', async () => {
    facts.length = 0
    const { get } = server({
      '': [text(3, 1), text(3, 2), text(4, 3), text(4, 4, 'x_errors{kind="new"} 1\n'), 500],
    })
    const poll = metricsPoll('follower', get, record)
    for (let time = 0; time < 4; time++) await poll(signal)
    expect(facts).toEqual([
      { kind: 'note', component: 'follower', message: 'metric x_resets_total{actor="a"} 3 → 4' },
      { kind: 'note', component: 'follower', message: 'metric x_errors{kind="new"} 0 → 1' },
    ])
    await expect(poll(signal)).rejects.toThrow('HTTP 500')
  })

  it('counts what is too much', async () => {
    facts.length = 0
    const many = (value: number) =>
      Array.from({ length: 40 }, (_, index) => `x_errors{kind="${index}"} ${value}`).join('\n')
    const { get } = server({ '': [many(1), many(2)] })
    const poll = metricsPoll('follower', get, record)
    await poll(signal)
    await poll(signal)
    expect(facts).toHaveLength(31)
    expect(facts.at(-1)).toMatchObject({ message: 'metrics: 10 more changed' })
  })
})
