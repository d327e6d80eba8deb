/**
 * What a run can reach: which branch of the protocol a node took, and why. A scenario states which of them it must have
 * reached, and a full run of the suite must reach all that are `required`: a rule that no scenario reaches is not tested.
 */
interface MarkFacts {
  /** In one sentence. */
  readonly what: string
  /** Somebody in the whole suite must reach it. */
  readonly required: boolean
}

const required = (what: string): MarkFacts => ({ what, required: true })
const possible = (what: string): MarkFacts => ({ what, required: false })

/** follow-mode.md, step 7, and how a poll of the source ended; then resets and holds. */
export const marks = {
  'follow case 1': required('the source was ahead: its local-safe block became the head'),
  'follow case 2a': required('the engine lacks the block of the source: it syncs'),
  'follow case 2b': possible('the engine could not be asked for the block of the source'),
  'follow case 3': required('the same block: labels only'),
  'follow case 4': required('the source has another block: a reorg to its chain'),
  error_fetch_status: required('the source could not be asked, or answered garbage'),
  error_identity: possible('the source serves another chain'),
  dropped_structure: required('a status with heads out of order, or not known yet'),
  dropped_time: possible('a status with a head whose time its number or origin contradicts'),
  dropped_not_canonical: required('a status that own L1 contradicts'),
  ahead_of_own_l1: possible('a status that is ahead of own L1'),
  error_l1: possible('own L1 could not be asked about a status'),
  dropped_replay: possible('a status of a restarted source that replays'),
  held_jump: possible('a status further ahead than block time allows'),
  error_engine: possible('the engine could not be asked; the target waits'),
  refused_by_engine: possible('a status that contradicts finalized, or what the engine knows'),
  deferred_el_sync: possible('the engine syncs to an earlier target and is left alone'),
  'reset at start': required('heads were read from the engine at the start'),
  'reset by L1 reorg': required('an L1 reorg orphaned what a head stood on'),
  'reset by admin': possible('an operator asked for it'),
  'reset by the sequencer': possible('the head could not be built on'),
  'reset by derivation': possible('the pipeline could not go on'),
  'early batch dropped': possible('from Holocene on a batch that came before its parent is gone for good'),
  'currentL1 went back': required('the published currentL1 was orphaned'),
  'sequencing held': required('a sequencer adopted the chain of its source and waits'),
  'sequencing resumed': required('and went on'),
  'sequencer started': possible('an operator had it build blocks'),
  'sequencer stopped': possible('an operator had it build none'),
} as const satisfies Readonly<Record<string, MarkFacts>>

export type Mark = keyof typeof marks

export const requiredMarks: readonly Mark[] = (Object.keys(marks) as Mark[]).filter(
  (mark) => marks[mark].required,
)
