import { existsSync, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createHttpRpcClient } from '../../../node/json-rpc/http-client.ts'
import { openRecordingFile } from '../record/recording-file.ts'
import { createRedaction, redactFact } from '../record/redact.ts'
import type { LoggedBlock } from './block-text.ts'
import { importMaterial } from './import.ts'
import type { Material } from './material.ts'
import { l1BlocksMax, readL1 } from './read-l1.ts'
import { ImportError, readLog } from './read-log.ts'
import { type ReadMetrics, readMetrics } from './read-metrics.ts'
import { pollFiles, readPolls } from './read-polls.ts'

export interface ImportFilesOptions {
  readonly logs: readonly { readonly name: string; readonly path: string }[]
  readonly pollsDirectory: string | null
  readonly metricsPaths: readonly string[]
  readonly l1Url: string | null
  /** First and last block; null for those that the material names. */
  readonly l1Range: { readonly from: number; readonly to: number } | null
  readonly follows: (names: readonly string[]) => Readonly<Record<string, string>>
  readonly directory: string
  readonly bytesMax: number
  readonly redact: readonly RegExp[]
  /** Unix time of the midnight of the first lines' date. */
  readonly date: number | null
  readonly zoneMs: number
  readonly l1BlockTime: number
  readonly l2BlockTime: number
  readonly signal: AbortSignal
}

/** What became of one file. */
export interface ImportedFile {
  readonly node: string
  readonly file: string
  readonly programs: readonly string[]
  readonly lines: number
  /** Moves of heads and other facts. */
  readonly facts: number
  readonly unreadable: number
  readonly unreadableSamples: readonly string[]
  /** Messages that tell nothing, the most frequent first. */
  readonly unknown: readonly { readonly what: string; readonly count: number }[]
}

export interface ImportReport {
  readonly out: string
  readonly events: number
  readonly bytes: number
  /** Unix time in milliseconds. */
  readonly from: number
  readonly to: number
  readonly l1Blocks: number
  readonly orphans: number
  readonly files: readonly ImportedFile[]
  readonly notKnown: readonly string[]
}

/** Statements of one file, and events of all of them. */
const statementsMax = 2_000_000
const unknownShown = 10
const l1TimeoutMs = 10_000

/**
 * Reads everything, asks L1 when it may, and writes `timeline.ndjson` of a new directory.
 * @throws ImportError, RecordingError; the errors of the L1 client.
 */
export async function importFiles(options: ImportFilesOptions): Promise<ImportReport> {
  const { directory, zoneMs } = options
  const path = join(directory, 'timeline.ndjson')
  if (existsSync(path)) throw new ImportError(`${path} exists: name another --out, or remove it`)
  const redact = createRedaction(options.redact, options.l1Url === null ? [] : [options.l1Url])
  const { signal } = options
  const files: ImportedFile[] = []

  const logs: Material['logs'][number][] = []
  for (const { name: node, path: file } of options.logs) {
    const log = await readLog({
      ...{ node, path: file, date: options.date, zoneMs, statementsMax },
      redact,
      signal,
    })
    logs.push({ node, log })
    files.push({
      ...{ node, file: basename(file), programs: log.programs, lines: log.count },
      ...{
        facts: log.statements.length,
        unreadable: log.unreadable,
        unknown: mostFrequent(log.unknown, redact),
      },
      unreadableSamples: log.unreadableSamples,
    })
  }
  const polls: Material['polls'][number][] = []
  for (const { name: node, path: file } of options.pollsDirectory === null
    ? []
    : pollFiles(options.pollsDirectory)) {
    const read = await readPolls({ node, path: file, zoneMs, statementsMax, redact, signal })
    polls.push({ node, polls: read })
    files.push({
      ...{ node, file: basename(file), programs: ['polls'], lines: read.count, facts: read.heads.length },
      ...{ unreadable: read.unreadable, unreadableSamples: read.unreadableSamples, unknown: [] },
    })
  }
  const metrics = withNames(await Promise.all(options.metricsPaths.map(readMetrics)), redact)
  for (const [index, read] of metrics.entries())
    files.push({
      ...{ node: 'metrics', file: basename(options.metricsPaths[index] ?? ''), programs: ['Prometheus'] },
      ...{ lines: read.series, facts: read.samples.length, unreadable: 0, unreadableSamples: [] },
      unknown: mostFrequent(read.unknown, redact),
    })

  const consensus = [
    ...logs.filter(({ log }) => !log.isEngine).map(({ node }) => node),
    ...polls.map(({ node }) => node),
    ...metrics.flatMap(({ samples: all }) => all.map(({ node }) => node)),
  ]
  const material: Material = {
    ...{ runId: `import-${basename(directory)}`, logs, polls, metrics, l1: [] },
    follows: options.follows([...new Set(consensus)]),
    ...{ l1BlockTime: options.l1BlockTime, l2BlockTime: options.l2BlockTime },
  }
  const l1 = await l1Headers(options, material)
  const { facts, unknown, l1: told } = importMaterial({ ...material, l1 })
  if (facts.every(({ fact }) => fact.kind !== 'head'))
    throw new ImportError(
      `expected a head in ${files.map(({ file }) => file).join(', ') || 'the material'}, found none: ${files.map(({ file, lines, unreadable }) => `${file}: ${lines} lines, ${unreadable} unreadable`).join('; ')}`,
    )

  mkdirSync(directory, { recursive: true, mode: 0o700 })
  let nowMs = 0
  const file = openRecordingFile({ path, bytesMax: options.bytesMax, nowMs: () => nowMs })
  try {
    for (const { t, fact } of facts) {
      nowMs = t
      file.record(redactFact(fact, redact))
    }
    return {
      ...{ out: directory, events: file.events, bytes: file.bytes, files, notKnown: unknown.map(redact) },
      ...{ from: facts[0]?.t ?? 0, to: facts.at(-1)?.t ?? 0, l1Blocks: l1.length, orphans: told.orphans },
    }
  } finally {
    file.close()
  }
}

/** A node that metrics name by its address: two would be one when addresses are taken out. */
function withNames(
  metrics: readonly ReadMetrics[],
  redact: (text: string) => string,
): readonly ReadMetrics[] {
  const names = new Map<string, string>()
  const nameOf = (node: string) => {
    if (redact(node) === node) return node
    const name = names.get(node) ?? `node-${names.size + 1}`
    names.set(node, name)
    return name
  }
  return metrics.map((read) => ({
    ...read,
    samples: read.samples.map((sample) => ({ ...sample, node: nameOf(sample.node) })),
  }))
}

async function l1Headers({ l1Url, l1Range, signal }: ImportFilesOptions, material: Material) {
  if (l1Url === null) return []
  const range = l1Range ?? namedL1Range(material)
  if (range === null)
    throw new ImportError('--l1: nothing names an L1 block; expected --l1-from and --l1-to with it')
  const { from, to } = range
  if (to - from + 1 > l1BlocksMax)
    throw new ImportError(
      `--l1: expected at most ${l1BlocksMax} blocks, found ${from} to ${to}; --l1-from and --l1-to choose fewer`,
    )
  const rpc = createHttpRpcClient({ url: l1Url, timeoutMs: l1TimeoutMs })
  return readL1(rpc, { from, to, signal })
}

/** The L1 blocks that anything names. */
function namedL1Range({ logs, polls }: Material): { readonly from: number; readonly to: number } | null {
  let [from, to] = [Number.POSITIVE_INFINITY, -1]
  const take = (block: { readonly number: number; readonly hash: string } | undefined) => {
    // "Not known yet" is block 0 too.
    if (block === undefined || /^0x0*$/.test(block.hash)) return
    from = Math.min(from, block.number)
    to = Math.max(to, block.number)
  }
  for (const { polls: read } of polls)
    for (const { fact } of read.heads)
      take(fact.level === 'currentL1' || fact.level === 'headL1' ? fact.block : fact.origin)
  for (const { log } of logs)
    for (const { statement } of log.statements) {
      if (statement.kind === 'l1') take(statement.block)
      if (statement.kind === 'block') take(statement.block.origin)
      if (statement.kind === 'head') take(l1BlockOf(statement.level, statement.block))
    }
  return to === -1 ? null : { from, to }
}

function l1BlockOf(level: string, block: LoggedBlock) {
  return level === 'currentL1' || level === 'headL1' ? block : block.origin
}

function mostFrequent(counts: ReadonlyMap<string, number>, redact: (text: string) => string) {
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, unknownShown)
    .map(([what, count]) => ({ what: redact(what), count }))
}
