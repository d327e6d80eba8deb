import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { faults } from '../faults/vocabulary.ts'
import { rpc, useLink } from './testing/link-subject.ts'

const subject = useLink()
const { ask, install, post } = subject

/** Sends one request over a connection of its own, and says what came back and how the connection ended. */
function raw(): Promise<{ readonly text: string; readonly end: 'fin' | 'reset' }> {
  const { promise, resolve } = Promise.withResolvers<{ text: string; end: 'fin' | 'reset' }>()
  const socket = connect({
    host: '127.0.0.1',
    port: Number(new URL(subject.link.url).port),
    allowHalfOpen: true,
  })
  const body = JSON.stringify(rpc('a_echo', ['x'.repeat(100)]))
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
  })
  socket.on('end', () => {
    resolve({ text, end: 'fin' })
    socket.end()
  })
  socket.on('error', () => resolve({ text, end: 'reset' }))
  socket.write(
    `POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  return promise
}

describe('a fault of the connection', () => {
  it('slow: the request goes on later, by the clock', async () => {
    const fault = await install(faults.slow(700))
    const answer = ask('a_echo', 1)
    while (subject.clock.sleeping === 0) await subject.clock.settle()
    await subject.clock.advance(699)
    expect(subject.calls).toEqual([])
    await subject.clock.advance(1)
    expect((await answer).result).toEqual([1])
    expect(fault.hits).toBe(1)
  })

  it('slow with jitter: up to the jitter later still, by the randomness of the world', async () => {
    await install(faults.slow(100, 50))
    const started = subject.clock.nowMs()
    const answer = ask('a_echo')
    while (subject.clock.sleeping === 0) await subject.clock.settle()
    await subject.clock.advance(100)
    await subject.clock.advance(50)
    await answer
    expect(subject.clock.nowMs() - started).toBe(150)
  })

  it.each([
    ['hang', faults.hang(), ['a_echo']],
    ['drop', faults.drop(), []],
  ] as const)('%s: no answer comes, and the provider was asked or not', async (_, fault, asked) => {
    const installed = await install(fault.to('a_echo'))
    const gaveUp = new AbortController()
    const answer = post(rpc('a_echo'), gaveUp.signal)
    await installed.hit()
    expect((await ask('b_other')).result).toBe('other')
    while (subject.calls.length < asked.length + 1) await subject.clock.settle()
    gaveUp.abort(new Error('gave up'))
    await expect(answer).rejects.toThrow('gave up')
    expect(subject.calls.filter((one) => one === 'a_echo')).toEqual(asked)
  })

  it('refuse: the connection is reset before anything is read, also one that was kept', async () => {
    await ask('a_echo')
    const fault = await install(faults.refuse())
    await expect(post(rpc('a_echo'))).rejects.toThrow()
    expect(await raw()).toEqual({ text: '', end: 'reset' })
    expect(subject.calls).toEqual(['a_echo'])
    expect(fault.hits).toBeGreaterThan(1)
    await fault.remove()
    expect((await ask('a_echo', 2)).result).toEqual([2])
  })

  it('refuse: cannot be for one method', async () => {
    await expect(install(faults.refuse().to('a_echo'))).rejects.toThrow(
      'a→b cannot carry refuse to a_echo: a connection is refused before anything is asked',
    )
  })

  it('reset: the request was read, and the connection is reset', async () => {
    await install(faults.reset().to('a_echo'))
    expect(await raw()).toEqual({ text: '', end: 'reset' })
    expect(subject.calls).toEqual([])
    expect((await ask('b_other')).result).toBe('other')
  })

  it('halfClose: the link ends its half, and no byte comes', async () => {
    await install(faults.halfClose())
    expect(await raw()).toEqual({ text: '', end: 'fin' })
  })

  it('bandwidth: the answer comes at that rate', async () => {
    await install(faults.bandwidth(1_000))
    const started = subject.clock.nowMs()
    let whole: unknown
    const answer = ask('a_echo', 'x'.repeat(2_000)).then((given) => {
      whole = given.result
    })
    while (whole === undefined) {
      await subject.clock.settle()
      if (subject.clock.sleeping > 0) await subject.clock.advance(50)
    }
    await answer
    // 2 039 bytes of answer.
    expect(subject.clock.nowMs() - started).toBeGreaterThanOrEqual(2_000)
    expect(subject.clock.nowMs() - started).toBeLessThan(2_200)
    expect(whole).toEqual(['x'.repeat(2_000)])
  })

  it('status: with its headers, and the provider is not asked', async () => {
    await install(faults.status(429, { 'retry-after': '7' }).to('a_echo'))
    const answer = await post(rpc('a_echo'))
    expect([answer.status, answer.headers.get('retry-after'), subject.calls]).toEqual([429, '7', []])
  })

  it('garbage: what comes is not JSON, under the head of an answer that is', async () => {
    await install(faults.garbage())
    const answer = await post(rpc('a_echo'))
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json'])
    await expect(answer.json()).rejects.toThrow(SyntaxError)
    expect(subject.calls).toEqual(['a_echo'])
  })

  it('truncated: half of the announced length comes', async () => {
    await install(faults.truncated())
    const { text } = await raw()
    const [head = '', body = ''] = text.split('\r\n\r\n')
    const announced = Number(/content-length: (\d+)/.exec(head)?.[1])
    expect(announced).toBeGreaterThan(100)
    expect(body.length).toBe(announced >> 1)
  })
})

describe('a batch', () => {
  const batch = [rpc('a_echo', [1], 1), rpc('b_other', [], 2), rpc('a_echo', [3], 3)]
  const results = async () =>
    ((await (await post(batch)).json()) as { id: number; result?: unknown; error?: unknown }[]).map(
      ({ id, result, error }) => [id, result ?? error],
    )

  it('answers the one call that the fault is for, and asks the provider for the others', async () => {
    const fault = await install(faults.rpcError(-1, 'no').to('b_other'))
    expect(await results()).toEqual([
      [1, [1]],
      [2, { code: -1, message: 'no' }],
      [3, [3]],
    ])
    expect([subject.calls, fault.hits]).toEqual([['a_echo', 'a_echo'], 1])
  })

  it('changes each call that the fault is for, and counts them', async () => {
    const fault = await install(
      faults
        .replaceResult(() => 'lie')
        .to('a_echo')
        .after(1),
    )
    expect(await results()).toEqual([
      [1, [1]],
      [2, 'other'],
      [3, 'lie'],
    ])
    expect(fault.hits).toBe(1)
  })

  it('is slow, or lost, as a whole when one of its subject.calls is', async () => {
    await install(faults.status(503).to('b_other'))
    expect((await post(batch)).status).toBe(503)
    expect(subject.calls).toEqual([])
  })

  it('reorderedBatch: the answers come in the opposite order, and one call alone as it is', async () => {
    const fault = await install(faults.reorderedBatch())
    expect((await results()).map(([id]) => id)).toEqual([3, 2, 1])
    expect((await ask('a_echo', 1)).result).toEqual([1])
    expect(fault.hits).toBe(1)
  })
})

describe('faults on one point', () => {
  it('strikes as often as it may, also when more calls are under way at once', async () => {
    const fault = await install(faults.replaceResult(() => 'lie').times(1))
    const answers = await Promise.all([ask('a_echo'), ask('a_echo'), ask('a_echo')])
    expect(answers.filter(({ result }) => result === 'lie')).toHaveLength(1)
    expect(fault.hits).toBe(1)
  })

  it('lets the newest decide, counts what it shadows, and has the older one back when it goes', async () => {
    const older = await install(faults.replaceResult(() => 'older'))
    const newer = await install(faults.replaceResult(() => 'newer').to('a_echo'))
    expect((await ask('a_echo')).result).toBe('newer')
    expect((await ask('b_other')).result).toBe('older')
    expect([older.hits, older.shadowed, newer.hits, newer.shadowed]).toEqual([1, 1, 1, 0])
    await newer.remove()
    expect((await ask('a_echo')).result).toBe('older')
  })

  it('tells of each installation, hit and removal', async () => {
    const fault = await install(faults.nullResult().to('a_echo'))
    await ask('a_echo', 1)
    await fault.remove()
    await fault.remove()
    const common = { kind: 'fault', id: 1, point: 'a→b', fault: 'nullResult to a_echo' }
    expect(subject.facts.slice(1)).toEqual([
      { ...common, action: 'install', json: { fault: 'nullResult', when: [{ to: ['a_echo'] }] } },
      { ...common, action: 'hit', hits: 1 },
      { ...common, action: 'remove', hits: 1 },
    ])
  })

  it('is asked by the path of a REST call too', async () => {
    await install(faults.status(503).to('/eth/v1/beacon/blobs'))
    expect((await fetch(`${subject.link.url}/eth/v1/beacon/blobs/3?x=1`)).status).toBe(503)
    expect((await fetch(`${subject.link.url}/eth/v1/node/version`)).status).toBe(404)
  })

  it('refuses what it cannot carry, and says what it can', async () => {
    await expect(install(faults.lag(2))).rejects.toThrow(
      'a→b cannot carry lag(2 blocks), which is for l1; it carries faults for request',
    )
  })

  it('lets wait for a hit, and says when it was removed before', async () => {
    const fault = await install(faults.nullResult())
    const twice = fault.hit(2)
    await ask('a_echo')
    await ask('a_echo')
    await twice
    const never = fault.hit(9)
    await fault.remove()
    await expect(never).rejects.toThrow('nullResult on a→b was removed after 2 hits, before it had 9')
  })
})
