import type { HeadLevel, WorldEvent } from '../../events/event.ts'
import { addL2Block, type BlockRef, blocksTold, createL2Chain } from './chains.ts'
import { endsOf, type Message, type MessageGroup, messageOf } from './message.ts'
import { addEvent, addHead, addMessage, placeInTime, type RunIndex } from './run-index.ts'

/**
 * A run as a page holds it. Most events are messages, of which a reader opens a few: of each only what can be filtered and
 * drawn stands in the index, as a row, and the event itself among the details, where it is parsed when it is looked at.
 * Heads are rows too: they are many, and name the same few thousand blocks.
 */
export interface PackedIndex {
  /** Lines of JSON: the names that rows refer to, then rows, and whole the events that are neither message nor head. */
  readonly index: string
  /** The messages' events as JSON, one after the other, in their order. */
  readonly details: string
}

/** Its place among the names, or among the block rows before; `none` where there is none. */
type Place = number
const none = -1

/** Rows; `seq` and `t` count from the row before. */
const rowKinds = { message: 0, head: 1, block: 2, l2: 3 } as const
type MessageRow = readonly [
  ...[kind: typeof rowKinds.message, seq: number, t: number, tookMs: number],
  ...[link: Place, method: Place, outcome: Place, bits: number, bytes: number],
]
type HeadRow = readonly [
  kind: typeof rowKinds.head,
  seq: number,
  t: number,
  node: Place,
  level: Place,
  block: Place,
]
/** A block that later rows name. */
type BlockRow = readonly [kind: typeof rowKinds.block, number: number, hash: string]
/** What the row before it told of an L2 block. */
type L2Row = readonly [kind: typeof rowKinds.l2, block: Place, parent: Place, origin: Place]
type Row = MessageRow | HeadRow | BlockRow | L2Row
/** A line of the index but the first. */
export type IndexLine = Row | WorldEvent

const groups: readonly MessageGroup[] = ['source', 'engine', 'l1', 'gossip', 'other']
const [okBit, headsBit, groupShift] = [1, 2, 2]

export function packIndex(events: readonly WorldEvent[]): PackedIndex {
  const lines: IndexLine[] = []
  const said: { readonly event: WorldEvent; readonly row: Place }[] = []
  const add = (line: IndexLine) => void lines.push(line)
  const names = createPlaces<string>()
  const blocks = createPlaces<string>()
  const blockPlace = ({ number, hash }: BlockRef): Place => {
    const { place, isNew } = blocks.of(hash)
    if (isNew) add([rowKinds.block, number, hash])
    return place
  }
  const known = createL2Chain()
  let before = { seq: 0, t: 0 }
  for (const event of events) {
    const news = blocksTold(event).filter((block) => addL2Block(known, block, event.t, block))
    const { seq, t } = event
    const message = messageOf(event, t)
    const since = [seq - before.seq, t - before.t] as const
    if (event.kind === 'head') {
      const block = blockPlace(event.block)
      add([rowKinds.head, ...since, names.of(event.node).place, names.of(event.level).place, block])
      before = { seq, t }
    } else if (message !== null) {
      const { sent, link, method, outcome, ok, givesHeads, group } = message
      const bits = (ok ? okBit : 0) | (givesHeads ? headsBit : 0) | (groups.indexOf(group) << groupShift)
      const told = [link, method, outcome].map((name) => names.of(name).place) as [Place, Place, Place]
      add([rowKinds.message, ...since, t - sent, ...told, bits, 0])
      before = { seq, t }
      said.push({ event, row: lines.length - 1 })
    } else add(event)
    // After the row, whose time is theirs.
    for (const block of news) {
      const { number, parent, origin } = block
      const parentPlace = parent === undefined ? none : blockPlace({ number: number - 1, hash: parent })
      add([rowKinds.l2, blockPlace(block), parentPlace, origin === undefined ? none : blockPlace(origin)])
    }
  }
  const encoder = new TextEncoder()
  const details = said.map(({ event, row }) => {
    const text = shortenHashes(JSON.stringify(event), blocks.known)
    lines[row] = withLength(lines[row] as MessageRow, encoder.encode(text).length)
    return text
  })
  const index = [JSON.stringify([...names.known.keys()]), ...lines.map((line) => JSON.stringify(line))]
  return { index: index.map((line) => `${line}\n`).join(''), details: details.join('') }
}

function withLength(
  [kind, seq, t, tookMs, link, method, outcome, bits]: MessageRow,
  bytes: number,
): MessageRow {
  return [kind, seq, t, tookMs, link, method, outcome, bits, bytes]
}

/** Stands around the place of a block in the details. JSON has no such character as it is. */
const mark = '\u0001'

function shortenHashes(json: string, places: ReadonlyMap<string, Place>): string {
  return json.replaceAll(/0x[0-9a-f]{64}/g, (hash) => {
    const place = places.get(hash)
    return place === undefined ? hash : `${mark}${place}${mark}`
  })
}

function createPlaces<T>() {
  const places = new Map<T, Place>()
  return {
    of(value: T): { readonly place: Place; readonly isNew: boolean } {
      const known = places.get(value)
      if (known === undefined) places.set(value, places.size)
      return { place: known ?? places.size - 1, isNew: known === undefined }
    },
    known: places as ReadonlyMap<T, Place>,
  }
}

/**
 * Takes in the lines of a packed index after its first, as `addEvent` does whole events.
 * @param names the first line.
 * @param details may be filled later, before an event is looked at.
 */
export function createIndexReader(
  index: RunIndex,
  names: readonly string[],
  details: Uint8Array,
): (line: IndexLine) => void {
  const ends = names.map(endsOf)
  const blocks: BlockRef[] = []
  const messages: Details = { bytes: details, blocks }
  const hashAt = (place: Place) => (place === none ? undefined : blocks[place]?.hash)
  let offset = 0
  let before = { seq: 0, t: 0 }
  const next = (seq: number, t: number) => {
    before = { seq: before.seq + seq, t: before.t + t }
    return placeInTime(index, before.t)
  }
  return (line) => {
    if (!isRow(line)) return addEvent(index, line)
    switch (line[0]) {
      case rowKinds.message: {
        const [, seq, since, tookMs, link, method, outcome, bits, bytes] = line
        const t = next(seq, since)
        const [from = '', to = ''] = ends[link] ?? []
        const said = {
          from,
          to,
          link: names[link] ?? '',
          method: names[method] ?? '',
          outcome: names[outcome] ?? '',
        }
        addMessage(index, new PackedMessage(before.seq, t, tookMs, said, bits, messages, offset, bytes))
        offset += bytes
        return
      }
      case rowKinds.head: {
        const [, seq, since, node, level, block] = line
        const t = next(seq, since)
        const value = blocks[block]
        if (value !== undefined)
          addHead(index, names[node] ?? '', names[level] as HeadLevel, { seq: before.seq, t, value })
        return
      }
      case rowKinds.block: {
        const [, number, hash] = line
        blocks.push({ number, hash })
        return
      }
      case rowKinds.l2: {
        const [, place, parent, origin] = line
        const block = blocks[place]
        if (block !== undefined)
          addL2Block(index.l2, block, index.to, { parent: hashAt(parent), origin: blocks[origin] })
      }
    }
  }
}

function isRow(line: IndexLine): line is Row {
  return Array.isArray(line)
}

const decoder = new TextDecoder()

const marked = new RegExp(`${mark}(\\d+)${mark}`, 'g')

interface Details {
  readonly bytes: Uint8Array
  readonly blocks: readonly BlockRef[]
}

class PackedMessage implements Message {
  readonly seq: number
  readonly t: number
  readonly sent: number
  readonly from: string
  readonly to: string
  readonly link: string
  readonly method: string
  readonly outcome: string
  readonly #bits: number
  readonly #details: Details
  readonly #offset: number
  readonly #bytes: number

  constructor(
    seq: number,
    t: number,
    tookMs: number,
    said: Pick<Message, 'from' | 'to' | 'link' | 'method' | 'outcome'>,
    bits: number,
    details: Details,
    offset: number,
    bytes: number,
  ) {
    this.seq = seq
    this.t = t
    this.sent = t - tookMs
    this.from = said.from
    this.to = said.to
    this.link = said.link
    this.method = said.method
    this.outcome = said.outcome
    this.#bits = bits
    this.#details = details
    this.#offset = offset
    this.#bytes = bytes
  }

  get group(): MessageGroup {
    return groups[this.#bits >> groupShift] ?? 'other'
  }
  get ok(): boolean {
    return (this.#bits & okBit) !== 0
  }
  get givesHeads(): boolean {
    return (this.#bits & headsBit) !== 0
  }
  get event(): WorldEvent {
    const { bytes, blocks } = this.#details
    const text = decoder.decode(bytes.subarray(this.#offset, this.#offset + this.#bytes))
    const json = text.replaceAll(marked, (_, place) => blocks[Number(place)]?.hash ?? '')
    return JSON.parse(json) as WorldEvent
  }
}
