import type { Head } from '../explain/head.ts'
import type { HeadPair } from './compare-heads.ts'
import type { Replay } from './replay-recording.ts'

const outcomes = {
  'fails-the-same-way': 'fails the same way',
  'fails-otherwise': 'fails, but not in the same way',
  passes: 'passes',
  'nothing-was-wrong': 'violates nothing, and violated nothing in the recording',
} as const

/** The replay for a terminal: recorded and replayed heads side by side. */
export function replayText(replay: Replay, nodeName: string): string {
  const { node, source, from, to, verdict, comparison, recorded, stoodIn } = replay
  const at = (t: number) => `${((t - recorded.from) / 1000).toFixed(1)} s`
  const { divergence, rows, toleranceMs } = comparison
  const finding = (one: Replay['verdict']['recorded']) =>
    one === null ? 'nothing' : `${at(one.t)}  ${one.rule}: ${one.what}`
  const lines = [
    `${node}, which follows ${source}, as ${nodeName}: ${outcomes[verdict.outcome]}`,
    `  recorded: ${finding(verdict.recorded)}`,
    `  replayed: ${finding(verdict.replayed)}`,
    ...(replay.ended === null ? [] : [`  it ended: ${replay.ended}`]),
    divergence === null
      ? 'first divergence: none'
      : `first divergence: ${at(divergence.t)}  ${divergence.level}: recorded ${show(divergence.recorded)}, replayed ${show(divergence.replayed)}`,
    '',
    `heads of ${node}, recorded|replayed, from ${at(from)} to ${at(to)}; * counts as a divergence: within ${(toleranceMs / 1000).toFixed(1)} s neither had the head of the other:`,
    ...table([
      ['', ...(rows[0]?.heads ?? []).map(({ level }) => level)],
      ...rows.map(({ t, heads }) => [at(t), ...heads.map(cell)]),
    ]),
    '',
    ...stoodIn.map((text) => `stood in for: ${text}`),
  ]
  return `${lines.join('\n')}\n`
}

const show = (head: Head | null) => (head === null ? 'nothing' : `${head.number}:${head.hash.slice(0, 10)}…`)

/** `38=` both have it, `38|40` two heights, `38≠38` two blocks of one height; `*` where that counts. */
function cell({ recorded, replayed, counts }: HeadPair): string {
  if (recorded !== null && recorded.hash === replayed?.hash) return `${recorded.number}=`
  const [a, b] = [recorded?.number ?? '–', replayed?.number ?? '–']
  return `${a}${a === b ? '≠' : '|'}${b}${counts ? '*' : ''}`
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows.map((row) => `  ${row.map((text, column) => text.padStart(widths[column] ?? 0)).join('  ')}`)
}

/** The replay as one JSON object, without its events. */
export function replayJson({ events: _, recorded, replayed, ...replay }: Replay) {
  const ofNode = ({ class: likely, first, findings }: Replay['recorded']) => ({
    class: likely?.name ?? null,
    first,
    findings: findings.filter(({ node }) => node === replay.node),
  })
  return { ...replay, recorded: ofNode(recorded), replayed: ofNode(replayed) }
}
