import type { HeadLevel, WorldEvent } from '../../events/event.ts'
import { addL2Block, type BlockRef } from './chains.ts'
import { endsOf, type Message, type MessageGroup } from './message.ts'
import { addEvent, addHead, addMessage, type RunIndex } from './run-index.ts'

/**
 * A run as a page holds it. Most events are messages, of which a reader opens a few: of each only what can be filtered and
 * drawn stands in the index, and the event itself among the details, where it is parsed when it is looked at. Heads are many
 * too, and name the same few thousand blocks. So both are columns of numbers, which a browser reads at once, where an array
 * for each row costs it more than all the rest.
 */
export interface IndexHead {
  /** What columns name by its place: links, methods, outcomes, nodes, levels. */
  readonly names: readonly string[]
  /** Time of the first event. */
  readonly from: number
}

/** Its place among the names, or among the blocks of all parts; `none` where there is none. */
export type Place = number
export const none = -1

/** The columns of some events. `seq` and `t` count from the row before, the first from 0. */
export interface IndexPart {
  /** Blocks that no part before had. */
  readonly numbers: number[]
  readonly hashes: string[]
  readonly messages: {
    readonly seq: number[]
    readonly t: number[]
    /** From sent to answered, in milliseconds. */
    readonly took: number[]
    readonly link: Place[]
    readonly method: Place[]
    readonly outcome: Place[]
    readonly flags: number[]
    /** Length of its event among the details. */
    readonly bytes: number[]
  }
  readonly heads: {
    readonly seq: number[]
    readonly t: number[]
    readonly node: Place[]
    readonly level: Place[]
    readonly block: Place[]
  }
  /** What was told of L2 blocks, when it was new. */
  readonly l2: {
    readonly t: number[]
    readonly block: Place[]
    readonly parent: Place[]
    readonly origin: Place[]
  }
  /** Whole: what is neither message nor head. */
  readonly events: WorldEvent[]
}

export function emptyPart(): IndexPart {
  return {
    ...{ numbers: [], hashes: [], events: [] },
    messages: { seq: [], t: [], took: [], link: [], method: [], outcome: [], flags: [], bytes: [] },
    heads: { seq: [], t: [], node: [], level: [], block: [] },
    l2: { t: [], block: [], parent: [], origin: [] },
  }
}

const groups: readonly MessageGroup[] = ['source', 'engine', 'l1', 'gossip', 'other']
const [okFlag, headsFlag, groupShift] = [1, 2, 2]

/** What a message is, as a number. */
export function flagsOf({ ok, givesHeads, group }: Message): number {
  return (ok ? okFlag : 0) | (givesHeads ? headsFlag : 0) | (groups.indexOf(group) << groupShift)
}

/** Stands around the place of a block in the details. JSON has no such character as it is. */
export const mark = '\u0001'

/**
 * Takes in the parts of a packed index, in their order, as `addEvent` does whole events.
 * @param details may be filled later, before an event is looked at.
 */
export function createIndexReader(
  index: RunIndex,
  { names, from }: IndexHead,
  details: Uint8Array,
): (part: IndexPart) => void {
  const blocks: BlockRef[] = []
  const run: PackedRunDetails = { names, ends: names.map(endsOf), bytes: details, blocks }
  let offset = 0
  return (part) => {
    for (const [place, hash] of part.hashes.entries()) blocks.push({ number: part.numbers[place] ?? 0, hash })
    // Their times are right already: nothing is placed in time by what stands beside it.
    for (const event of part.events) addEvent(index, event)
    addHeads(index, part, run)
    addL2(index, part, blocks)
    const { seq, t, bytes } = part.messages
    sum(seq)
    sum(t)
    const offsets = bytes.map((length) => {
      const at = offset
      offset += length
      return at
    })
    const columns: MessageColumns = { ...part.messages, offsets, run }
    for (let place = 0; place < seq.length; place++) addMessage(index, new PackedMessage(columns, place))
    index.events += seq.length + part.heads.seq.length
    index.from = from
    index.to = Math.max(index.to, t.at(-1) ?? 0, part.heads.t.at(-1) ?? 0)
  }
}

function addHeads(index: RunIndex, { heads }: IndexPart, { names, blocks }: PackedRunDetails): void {
  const { seq, t, node, level, block } = heads
  sum(seq)
  sum(t)
  for (let place = 0; place < seq.length; place++) {
    const value = blocks[block[place] ?? none]
    if (value !== undefined)
      addHead(index, names[node[place] ?? none] ?? '', names[level[place] ?? none] as HeadLevel, {
        seq: seq[place] ?? 0,
        t: t[place] ?? 0,
        value,
      })
  }
}

function addL2(index: RunIndex, { l2 }: IndexPart, blocks: readonly BlockRef[]): void {
  const { t, block, parent, origin } = l2
  sum(t)
  for (let place = 0; place < t.length; place++) {
    const told = blocks[block[place] ?? none]
    if (told !== undefined)
      addL2Block(index.l2, told, t[place] ?? 0, {
        parent: blocks[parent[place] ?? none]?.hash,
        origin: blocks[origin[place] ?? none],
      })
  }
}

/** From growth to value, in place: the column is the reader's own. */
function sum(column: number[]): void {
  for (let place = 1; place < column.length; place++)
    column[place] = (column[place - 1] ?? 0) + (column[place] ?? 0)
}

const decoder = new TextDecoder()
const marked = new RegExp(`${mark}(\\d+)${mark}`, 'g')

/** What all messages of a run share. */
interface PackedRunDetails extends Pick<IndexHead, 'names'> {
  /** By place of the link among the names. */
  readonly ends: readonly (readonly [string, string])[]
  readonly bytes: Uint8Array
  readonly blocks: readonly BlockRef[]
}

type MessageColumns = IndexPart['messages'] & {
  readonly offsets: readonly number[]
  readonly run: PackedRunDetails
}

/** One row of the columns. */
class PackedMessage implements Message {
  readonly #columns: MessageColumns
  readonly #place: number

  constructor(columns: MessageColumns, place: number) {
    this.#columns = columns
    this.#place = place
  }

  get seq(): number {
    return this.#columns.seq[this.#place] ?? 0
  }
  get t(): number {
    return this.#columns.t[this.#place] ?? 0
  }
  get sent(): number {
    return this.t - (this.#columns.took[this.#place] ?? 0)
  }
  get from(): string {
    return this.#ends[0]
  }
  get to(): string {
    return this.#ends[1]
  }
  get link(): string {
    return this.#name(this.#columns.link)
  }
  get method(): string {
    return this.#name(this.#columns.method)
  }
  get outcome(): string {
    return this.#name(this.#columns.outcome)
  }
  get group(): MessageGroup {
    return groups[this.#flags >> groupShift] ?? 'other'
  }
  get ok(): boolean {
    return (this.#flags & okFlag) !== 0
  }
  get givesHeads(): boolean {
    return (this.#flags & headsFlag) !== 0
  }
  get event(): WorldEvent {
    const { offsets, bytes, run } = this.#columns
    const at = offsets[this.#place] ?? 0
    const text = decoder.decode(run.bytes.subarray(at, at + (bytes[this.#place] ?? 0)))
    const json = text.replaceAll(marked, (_, place) => run.blocks[Number(place)]?.hash ?? '')
    return JSON.parse(json) as WorldEvent
  }
  get #flags(): number {
    return this.#columns.flags[this.#place] ?? 0
  }
  get #ends(): readonly [string, string] {
    return this.#columns.run.ends[this.#columns.link[this.#place] ?? none] ?? ['', '']
  }
  #name(column: readonly Place[]): string {
    return this.#columns.run.names[column[this.#place] ?? none] ?? ''
  }
}
