import { expect, it } from 'vitest'
import { createInboundPlaces } from './inbound-places.ts'

/** As the library's: it says once that it closed, whoever closed it. */
class Connection extends EventTarget {
  status = 'open'
  abort(): void {
    if (this.status !== 'open') return
    this.status = 'aborted'
    this.dispatchEvent(new Event('close'))
  }
}

const some = (count: number) => Array.from({ length: count }, () => new Connection())

it('ends the handshake that began first when too many are under way, and none that has ended', () => {
  const places = createInboundPlaces({ connections: 9, pending: 2 })
  const all = some(5)
  const [a, b, c, d, e] = all as [Connection, Connection, Connection, Connection, Connection]
  const states = () => all.map(({ status }) => status === 'open')
  places.begin(a)
  places.begin(b)
  places.begin(c)
  expect(states()).toEqual([false, true, true, true, true])
  expect(places.enter(b, 'inbound')).toBe(true)
  places.begin(d)
  c.abort()
  places.begin(e)
  expect(states()).toEqual([false, true, false, true, true])
})

it('has so many places, those of who is dialled beside them, and one again when one of them leaves', () => {
  const places = createInboundPlaces({ connections: 2, pending: 9 })
  const [a, b, c, dialled, gone] = some(5) as [Connection, Connection, Connection, Connection, Connection]
  gone.abort()
  for (const one of [a, b, c]) places.begin(one)
  expect(places.enter(gone, 'inbound')).toBe(false)
  expect([a, b, c].map((one) => places.enter(one, 'inbound'))).toEqual([true, true, false])
  expect(places.enter(dialled, 'outbound')).toBe(true)
  a.abort()
  expect(places.enter(c, 'inbound')).toBe(false)
  dialled.abort()
  expect(places.enter(c, 'inbound')).toBe(true)
})
