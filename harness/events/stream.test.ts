import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../node/ports/testing/fake-clock.ts'
import type { WorldEvent } from './event.ts'
import { createEventStream } from './stream.ts'

const note = (message: string) => ({ kind: 'note', component: 'x', message }) as const
const messages = (events: readonly WorldEvent[]) =>
  events.map((event) => (event.kind === 'note' ? event.message : event.kind))

describe('the event stream', () => {
  it('gives who asks for it what was before, then goes on', () => {
    const events = createEventStream(createFakeClock())
    events.record(note('first'))
    const [late, all]: [WorldEvent[], WorldEvent[]] = [[], []]
    events.subscribe((event) => late.push(event))
    const end = events.subscribe((event) => all.push(event), { history: true })
    events.record(note('second'))
    end()
    events.record(note('third'))
    expect([messages(late), messages(all)]).toEqual([
      ['second', 'third'],
      ['first', 'second'],
    ])
    expect(all.map(({ seq }) => seq)).toEqual([0, 1])
  })

  it('tells everybody the same order, also of what a listener records', () => {
    const events = createEventStream(createFakeClock())
    const [before, after]: [WorldEvent[], WorldEvent[]] = [[], []]
    events.subscribe((event) => before.push(event))
    events.subscribe((event) => {
      if (event.kind === 'note' && event.message.length < 3) events.record(note(`${event.message}'`))
    })
    events.subscribe((event) => after.push(event))
    events.record(note('a'))
    events.record(note('b'))
    expect(messages(after)).toEqual(['a', "a'", "a''", 'b', "b'", "b''"])
    expect(before).toEqual(after)
    expect(after.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('goes on after a listener that throws', () => {
    const events = createEventStream(createFakeClock())
    const heard: WorldEvent[] = []
    events.subscribe((event) => {
      if (event.seq === 0) throw new Error('ours')
      heard.push(event)
    })
    expect(() => events.record(note('a'))).toThrow('ours')
    events.record(note('b'))
    expect(messages(heard)).toEqual(['b'])
  })

  it('refuses who comes too late for the history instead of showing half of it', () => {
    const events = createEventStream(createFakeClock())
    for (let n = 0; n < 20_000; n++) events.record(note(`${n}`))
    events.subscribe(() => {}, { history: true })
    events.record(note('one more'))
    expect(() => events.subscribe(() => {}, { history: true })).toThrow('the first of 20001 events')
  })
})
