import { type Fact, timelineVersion } from '../../events/event.ts'
import { isZeroHash } from '../../report/model/chains.ts'
import { recordingTopology } from '../record/recording-topology.ts'
import type { LoggedBlock } from './block-text.ts'
import { createHashBook, type HashBook } from './hash-book.ts'
import { importComponent } from './import-component.ts'
import { type L1Material, l1FromMaterial, type Sighting } from './l1-material.ts'
import type { Material, ToldHead } from './material.ts'
import { unknownFrom } from './unknown.ts'

/** A fact of the stream with its time. */
export interface TimedFact {
  readonly t: number
  readonly fact: Fact
}

export interface Imported {
  /** In the order of time, the header first. */
  readonly facts: readonly TimedFact[]
  /** What cannot be known from the material, a sentence each. */
  readonly unknown: readonly string[]
  readonly l1: Omit<L1Material, 'facts'>
}

/** Makes of the material the stream that a recorder would have written, as far as it goes. */
export function importMaterial(material: Material): Imported {
  const told = toldHeads(material)
  const book = createHashBook()
  for (const { number, hash } of material.l1) book.add({ number: Number(number), hash })
  const blocks = [...told.map(({ block }) => block), ...namedBlocks(material)]
  for (const one of blocks) {
    book.add(one)
    if (one.origin !== undefined) book.add(one.origin)
  }
  const whole = (block: LoggedBlock) => wholeBlock(book, block)
  /** Where blocks stand, as anybody told it. */
  const places = new Map<string, LoggedBlock>()
  for (const one of blocks.map(whole))
    if (one.origin !== undefined || one.parent !== undefined)
      places.set(one.hash, { ...places.get(one.hash), ...one })

  const best = new Map<string, number>()
  for (const { node, level, rank } of told)
    best.set(`${node} ${level}`, Math.max(rank, best.get(`${node} ${level}`) ?? 0))
  const heads = told
    .filter(({ node, level, rank }) => best.get(`${node} ${level}`) === rank)
    .map((head) => ({ ...head, block: whole(head.block) }))
    .sort((a, b) => a.t - b.t)

  const l1 = l1FromMaterial(sightingsOf(material, { heads, places, whole }), material.l1)
  const facts = [...l1.facts, ...headFacts(heads, places), ...otherFacts(material)].sort((a, b) => a.t - b.t)
  const unknown = unknownFrom(material, { heads, places, l1 })
  const from = facts[0]?.t ?? 0
  const at = (fact: Fact): TimedFact => ({ t: from, fact })
  return {
    facts: [
      at(headerOf(material, from, sampledMs(heads, material.l2BlockTime * 1000))),
      ...unknown.map((message) => at({ kind: 'note', component: importComponent, message })),
      ...facts,
      { t: facts.at(-1)?.t ?? from, fact: { kind: 'end', outcome: 'stopped', durationMs: 0 } },
    ],
    ...{ unknown, l1: { witness: l1.witness, orphans: l1.orphans } },
  }
}

function toldHeads({ logs, polls, metrics, follows }: Material): readonly ToldHead[] {
  return [
    ...polls.flatMap(({ node, polls: { heads } }) =>
      heads.map(({ t, fact: { level, block, origin } }): ToldHead => {
        const { parent, ...id } = block
        const placed = {
          ...(parent === undefined ? {} : { parent }),
          ...(origin === undefined ? {} : { origin }),
        }
        return { t, node, level, block: { ...id, ...placed }, rank: 3 }
      }),
    ),
    ...logs.flatMap(({ node, log }) =>
      log.statements.flatMap(({ t, statement }): readonly ToldHead[] => {
        if (statement.kind !== 'head') return []
        const { of, level, block } = statement
        const source = follows[node]
        if (of === 'self') return [{ t, node, level, block, rank: 2 }]
        return source === undefined ? [] : [{ t, node: source, level, block, rank: 1 }]
      }),
    ),
    ...metrics.flatMap(({ samples }) =>
      samples.map(
        ({ t, node, level, number }): ToldHead => ({ t, node, level, block: numberOnly(number), rank: 0 }),
      ),
    ),
  ]
}

/** Two blocks of one height cannot be told apart then. */
function numberOnly(number: number): LoggedBlock {
  return { number, hash: `block-${number}` }
}

function namedBlocks({ logs }: Material): readonly LoggedBlock[] {
  return logs.flatMap(({ log }) =>
    log.statements.flatMap(({ statement }) =>
      statement.kind === 'block' || statement.kind === 'l1' ? [statement.block] : [],
    ),
  )
}

function wholeBlock(book: HashBook, block: LoggedBlock): LoggedBlock {
  const { origin } = block
  return {
    ...block,
    hash: book.resolve(block),
    ...(origin === undefined ? {} : { origin: { ...origin, hash: book.resolve(origin) } }),
  }
}

function sightingsOf(
  { logs }: Material,
  told: {
    readonly heads: readonly ToldHead[]
    readonly places: ReadonlyMap<string, LoggedBlock>
    readonly whole: (block: LoggedBlock) => LoggedBlock
  },
): readonly Sighting[] {
  const seen = logs.flatMap(({ node, log }) =>
    log.statements.flatMap(({ t, statement }) =>
      statement.kind === 'l1' && !isZeroHash(statement.block.hash)
        ? [{ t, node, ...told.whole(statement.block), isHead: statement.isHead }]
        : [],
    ),
  )
  const published = told.heads.flatMap(({ t, node, level, block, rank }) => {
    if (rank === 0 || isZeroHash(block.hash)) return []
    if (level === 'headL1' || level === 'currentL1')
      return [{ t, node, ...block, isHead: level === 'headL1' }]
    const origin = told.places.get(block.hash)?.origin
    return origin === undefined ? [] : [{ t, node, ...origin, isHead: false }]
  })
  return [...seen, ...published].sort((a, b) => a.t - b.t)
}

/** Every move of every head, with its place in its chain where anybody told that. */
function headFacts(
  heads: readonly ToldHead[],
  places: ReadonlyMap<string, LoggedBlock>,
): readonly TimedFact[] {
  const last = new Map<string, string>()
  return heads.flatMap(({ t, node, level, block: { number, hash } }): readonly TimedFact[] => {
    const key = `${node} ${level}`
    if (last.get(key) === hash) return []
    last.set(key, hash)
    const place = level === 'headL1' || level === 'currentL1' ? undefined : places.get(hash)
    const block = { number, hash, ...(place?.parent === undefined ? {} : { parent: place.parent }) }
    const origin = place?.origin === undefined ? {} : { origin: place.origin }
    return [{ t, fact: { kind: 'head', node, level, block, ...origin } }]
  })
}

/** What nodes logged, starts and stops, syncs of engines. */
function otherFacts({ logs }: Material): readonly TimedFact[] {
  return logs.flatMap(({ node, log }) => {
    const times = [...log.statements, ...log.lines].map(({ t }) => t).sort((a, b) => a - b)
    return [
      ...log.lines.map(
        ({ t, level, message }): TimedFact => ({
          ...{ t, fact: { kind: 'log', component: node, level, message } },
        }),
      ),
      ...log.statements.flatMap(({ t, statement }): readonly TimedFact[] => {
        switch (statement.kind) {
          case 'fact':
            return [{ t, fact: statement.fact }]
          case 'syncing':
            return [{ t, fact: syncingFact(node, statement.syncing) }]
          case 'stopped':
            return [{ t, fact: { kind: 'component', component: node, action: 'exit' } }]
          case 'started': {
            const before = times[countBelow(times, t) - 1]
            const gap = {
              kind: 'gap',
              component: node,
              reason: 'its log says that it was started here',
            } as const
            return before === undefined ? [] : [{ t, fact: { ...gap, from: before } }]
          }
          default:
            return []
        }
      }),
    ]
  })
}

/** How many of them are less; they are in order. */
function countBelow(times: readonly number[], t: number): number {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] ?? t) < t) low = middle + 1
    else high = middle
  }
  return low
}

/** As a recorder has it. */
function syncingFact(node: string, syncing: boolean): Fact {
  return {
    ...{ kind: 'rpc', link: `recorder→${node}`, methods: ['eth_syncing'], outcome: 'ok', durationMs: 0 },
    response: syncing ? {} : false,
  }
}

/** How far apart the words of a node about its heads are, where that is more than two blocks: between them it was not heard. */
function sampledMs(heads: readonly ToldHead[], l2BlockMs: number): Readonly<Record<string, number>> {
  const byNode = Map.groupBy(heads, ({ node }) => node)
  return Object.fromEntries(
    [...byNode].flatMap(([node, told]) => {
      const waits = told
        .map(({ t }, index) => t - (told[index - 1]?.t ?? t))
        .filter((ms) => ms > 0)
        .sort((a, b) => a - b)
      const median = waits[Math.floor(waits.length / 2)] ?? 0
      return median > 2 * l2BlockMs ? [[node, median]] : []
    }),
  )
}

function headerOf(
  { runId, logs, polls, metrics, follows, ...times }: Material,
  from: number,
  sampled: Readonly<Record<string, number>>,
): Fact {
  const els = logs.flatMap(({ node, log }) => (log.isEngine ? [node] : []))
  const names = new Set([
    ...logs.map(({ node }) => node),
    ...polls.map(({ node }) => node),
    ...metrics.flatMap(({ samples }) => samples.map(({ node }) => node)),
  ])
  const cls = [...names].filter((name) => !els.includes(name))
  const { l1BlockTime, l2BlockTime } = times
  return {
    ...{ kind: 'run', version: timelineVersion, runId, scenario: runId, topology: recordingTopology },
    ...{ runnerPid: 0, startedAt: new Date(from).toISOString() },
    parameters: { l1BlockTime, l2BlockTime, follows, cls, els, sampledMs: sampled },
  }
}
