import type { WorldEvent } from '../../events/event.ts'
import { addL2Block, type BlockRef, blocksTold, createL2Chain } from './chains.ts'
import { type Message, messageOf } from './message.ts'
import { emptyPart, flagsOf, type IndexHead, type IndexPart, mark, none, type Place } from './packed-index.ts'

/** A run as a page holds it: what `createIndexReader` takes. */
export interface PackedIndex {
  /** Lines of JSON: an `IndexHead`, then an `IndexPart` on each. */
  readonly index: string
  /** The messages' events as JSON, one after the other, in their order. */
  readonly details: string
}

/** So many that columns are worth it, and so few that a page can draw between two parts. */
const eventsPerPart = 2_000

/** Sorts the events of a run into columns, by what a reader does with them. */
export function packIndex(events: readonly WorldEvent[]): PackedIndex {
  const names = createPlaces()
  const places = createPlaces()
  const known = createL2Chain()
  const parts: IndexPart[] = []
  const told: { readonly part: IndexPart; readonly events: readonly WorldEvent[] }[] = []
  let t = 0
  let isTornDown = false
  for (let at = 0; at < events.length; at += eventsPerPart) {
    const part = emptyPart()
    const said: WorldEvent[] = []
    parts.push(part)
    told.push({ part, events: said })
    const blockPlace = ({ number, hash }: BlockRef): Place => {
      const { place, isNew } = places.of(hash)
      if (isNew) {
        part.numbers.push(number)
        part.hashes.push(hash)
      }
      return place
    }
    for (const event of events.slice(at, at + eventsPerPart)) {
      // A clock may be set back; tracks are searched by time, and do not go back with it.
      t = Math.max(t, event.t)
      if (event.kind === 'teardown') isTornDown = true
      const message = messageOf(event, t, isTornDown)
      if (event.kind === 'head') {
        const { seq, t: times, node, level, block } = part.heads
        seq.push(event.seq)
        times.push(t)
        node.push(names.of(event.node).place)
        level.push(names.of(event.level).place)
        block.push(blockPlace(event.block))
      } else if (message !== null) {
        addMessage(part, message, (name) => names.of(name).place)
        said.push(event)
      } else part.events.push(event.t === t ? event : { ...event, t })
      for (const news of blocksTold(event).filter((block) => addL2Block(known, block, t, block))) {
        const { number, parent, origin } = news
        part.l2.t.push(t)
        part.l2.block.push(blockPlace(news))
        part.l2.parent.push(parent === undefined ? none : blockPlace({ number: number - 1, hash: parent }))
        part.l2.origin.push(origin === undefined ? none : blockPlace(origin))
      }
    }
  }
  const encoder = new TextEncoder()
  const details = told.flatMap(({ part, events: said }) =>
    said.map((event) => {
      const text = shortenHashes(JSON.stringify(event), places.known)
      part.messages.bytes.push(encoder.encode(text).length)
      return text
    }),
  )
  const head: IndexHead = { names: [...names.known.keys()], from: events[0]?.t ?? 0 }
  const lines = [head, ...parts.map(withDifferences)].map((line) => `${JSON.stringify(line)}\n`)
  return { index: lines.join(''), details: details.join('') }
}

function addMessage({ messages }: IndexPart, message: Message, place: (name: string) => Place): void {
  messages.seq.push(message.seq)
  messages.t.push(message.t)
  messages.took.push(message.t - message.sent)
  messages.link.push(place(message.link))
  messages.method.push(place(message.method))
  messages.outcome.push(place(message.outcome))
  messages.flags.push(flagsOf(message))
}

/** What grows is written as its growth: shorter, and small numbers are read quicker. */
function withDifferences(part: IndexPart): IndexPart {
  const { messages, heads, l2 } = part
  return {
    ...part,
    messages: { ...messages, seq: differences(messages.seq), t: differences(messages.t) },
    heads: { ...heads, seq: differences(heads.seq), t: differences(heads.t) },
    l2: { ...l2, t: differences(l2.t) },
  }
}

const differences = (column: readonly number[]) =>
  column.map((value, place) => value - (place === 0 ? 0 : (column[place - 1] ?? 0)))

function shortenHashes(json: string, places: ReadonlyMap<string, Place>): string {
  return json.replaceAll(/0x[0-9a-f]{64}/g, (hash) => {
    const place = places.get(hash)
    return place === undefined ? hash : `${mark}${place}${mark}`
  })
}

function createPlaces() {
  const places = new Map<string, Place>()
  return {
    of(value: string): { readonly place: Place; readonly isNew: boolean } {
      const known = places.get(value)
      if (known === undefined) places.set(value, places.size)
      return { place: known ?? places.size - 1, isNew: known === undefined }
    },
    known: places as ReadonlyMap<string, Place>,
  }
}
