import { readFile, stat } from 'node:fs/promises'
import { z } from 'zod'
import { parseJson } from '../../../node/json-rpc/json.ts'
import type { HeadLevel } from '../../events/event.ts'
import { ImportError } from './read-log.ts'

/** A head's number at a time, as Prometheus sampled it: metrics have no hashes. */
export interface Sample {
  readonly t: number
  readonly node: string
  readonly level: HeadLevel
  readonly number: number
}

export interface ReadMetrics {
  readonly samples: readonly Sample[]
  readonly series: number
  /** Series that are no head of a node. */
  readonly unknown: ReadonlyMap<string, number>
}

const bytesMax = 128 * 1024 * 1024
/** Of lists and their items: what is checked takes a hundred times its text. */
const valuesMax = 12_000_000
/** ECMA-262, "Time Values and Time Range", in seconds. */
const secondsMax = 8.64e12
const seriesMax = 10_000

const exportSchema = z.object({
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.number(), z.string()])),
      }),
    ),
  }),
})

/** `type` of op-node's `refs_number`, and ours. */
const refTypes: Readonly<Record<string, HeadLevel>> = {
  l2_unsafe: 'unsafe',
  l2_local_safe: 'localSafe',
  l2_safe: 'crossSafe',
  l2_finalized: 'finalized',
  l1_head: 'headL1',
  l1_derived: 'currentL1',
}
/** `label` of kona-node's `kona_node_block_labels`. */
const labels: Readonly<Record<string, HeadLevel>> = {
  unsafe: 'unsafe',
  'local-safe': 'localSafe',
  safe: 'crossSafe',
  finalized: 'finalized',
}
/** Whose series it is, by the first label that it has. */
const nameLabels = ['node', 'pod', 'container', 'instance', 'job'] as const

/**
 * Reads an answer of Prometheus' `query_range`.
 * @throws ImportError.
 */
export async function readMetrics(path: string): Promise<ReadMetrics> {
  const text = await stat(path)
    .then(({ size }) => {
      if (size > bytesMax) throw new ImportError(`${path}: expected at most ${bytesMax} bytes, found ${size}`)
      return readFile(path, 'utf8')
    })
    .catch((error: unknown) => {
      if (error instanceof ImportError) throw error
      throw new ImportError(`${path}: expected a file, found ${(error as NodeJS.ErrnoException).code}`)
    })
  const read = exportSchema.safeParse(parseJson(text, valuesMax))
  if (!read.success || read.data.data.result.length > seriesMax)
    throw new ImportError(
      `${path}: expected the answer of a Prometheus range query (data.resultType "matrix", at most ${seriesMax} series), found something else`,
    )
  const { result } = read.data.data
  const samples: Sample[] = []
  const unknown = new Map<string, number>()
  for (const { metric, values } of result) {
    const level = levelOf(metric)
    if (level === undefined) {
      const name = metric['__name__'] ?? '(no name)'
      unknown.set(name, (unknown.get(name) ?? 0) + 1)
      continue
    }
    const node = nameLabels.map((label) => metric[label]).find((value) => value !== undefined) ?? 'node'
    for (const [seconds, text] of values) {
      const number = Number(text)
      if (Number.isSafeInteger(number) && number >= 0 && Math.abs(seconds) <= secondsMax)
        samples.push({ t: Math.round(seconds * 1000), node, level, number })
    }
  }
  return { samples, series: result.length, unknown }
}

function levelOf(metric: Readonly<Record<string, string>>): HeadLevel | undefined {
  const { __name__: name = '', layer = '', type = '', label = '' } = metric
  // The origins of heads have the names of the heads, in another layer.
  if (name.endsWith('refs_number')) return type.startsWith(`${layer}_`) ? refTypes[type] : undefined
  return name === 'kona_node_block_labels' ? labels[label] : undefined
}
