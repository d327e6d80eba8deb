import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseJson } from '../../../node/json-rpc/json.ts'
import { syncStatusFromJson } from '../../../node/protocol/sync-status-json.ts'
import type { Fact } from '../../events/event.ts'
import { headFacts } from '../../world/status-stream.ts'
import { instantMs } from './log-time.ts'
import { ImportError, linesOf } from './read-log.ts'

/** Polls of one node, in the order of the file. */
export interface ReadPolls {
  readonly heads: readonly { readonly t: number; readonly fact: Extract<Fact, { kind: 'head' }> }[]
  readonly count: number
  /** Lines without a time or a status. */
  readonly unreadable: number
  readonly unreadableSamples: readonly string[]
}

const samplesMax = 5
/** More files in a folder are no polls of one network. */
const filesMax = 200
const timeNames = ['time', 't', 'ts', 'timestamp', 'at'] as const
const statusNames = ['result', 'status', 'syncStatus', 'sync_status', 'response'] as const

/**
 * The files of a folder of polls, one of each node, by the name before the dot.
 * @throws ImportError.
 */
export function pollFiles(directory: string): readonly { readonly name: string; readonly path: string }[] {
  let names: string[]
  try {
    if (statSync(directory).isFile()) return [{ name: nodeOf(directory), path: directory }]
    names = readdirSync(directory).filter((name) => /\.(?:jsonl|ndjson|json)(?:\.gz)?$/.test(name))
  } catch (error) {
    throw new ImportError(
      `--polls: expected a folder of NAME.jsonl files, found ${(error as NodeJS.ErrnoException).code ?? String(error)} at ${directory}`,
    )
  }
  if (names.length === 0 || names.length > filesMax)
    throw new ImportError(
      `--polls: expected 1 to ${filesMax} files NAME.jsonl in ${directory}, found ${names.length}`,
    )
  return names.sort().map((name) => ({ name: nodeOf(name), path: join(directory, name) }))
}

/**
 * Reads polls of `optimism_syncStatus`: on each line an object with a time and the status, beside it or as `result`.
 * @throws ImportError.
 */
export async function readPolls(options: {
  readonly node: string
  readonly path: string
  readonly zoneMs: number
  readonly statementsMax: number
  /** As for a log. */
  readonly redact?: (text: string) => string
  readonly signal?: AbortSignal
}): Promise<ReadPolls> {
  const { node, path, redact = (text) => text } = options
  const heads: { t: number; fact: Extract<Fact, { kind: 'head' }> }[] = []
  const last = new Map<string, string>()
  const unreadableSamples: string[] = []
  let [count, unreadable] = [0, 0]
  for await (const line of linesOf(path, options.signal)) {
    if (line.trim() === '') continue
    count++
    const read = readPoll(line, options.zoneMs)
    if (read === null) {
      unreadable++
      if (unreadableSamples.length < samplesMax) unreadableSamples.push(redact(line).slice(0, 160))
      continue
    }
    for (const fact of headFacts(node, read.status)) {
      if (last.get(fact.level) === fact.block.hash) continue
      last.set(fact.level, fact.block.hash)
      heads.push({ t: read.t, fact })
    }
    if (heads.length > options.statementsMax)
      throw new ImportError(`${path}: expected at most ${options.statementsMax} moves of heads, found more`)
  }
  return { heads, count, unreadable, unreadableSamples }
}

function readPoll(line: string, zoneMs: number) {
  const json = parseJson(line)
  if (typeof json !== 'object' || json === null) return null
  const fields = json as Record<string, unknown>
  const t = instantMs(
    timeNames.map((name) => fields[name]).find((value) => value !== undefined),
    zoneMs,
  )
  if (t === null) return null
  for (const candidate of [...statusNames.map((name) => fields[name]), fields]) {
    // An answer of JSON-RPC has its status one level further in.
    const inner = (candidate as { result?: unknown } | undefined)?.result
    for (const one of [candidate, inner])
      try {
        if (one !== undefined) return { t, status: syncStatusFromJson(one) }
      } catch {
        // Another place of the line may hold it.
      }
  }
  return null
}

function nodeOf(file: string): string {
  return basename(file).replace(/\.(?:jsonl|ndjson|json)(?:\.gz)?$/, '')
}
