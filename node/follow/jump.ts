import { type BlockId, formatRef, sameBlock } from '../protocol/refs.ts'

/** How far beyond what its block time allows a source may get ahead at once: a batch may hold that many blocks. */
export const jumpSlackBlocks = 20n

/** What the jump rule remembers of one source. */
export interface JumpMemory {
  /** The highest local-safe of the source that was accepted, and when, in milliseconds; null before the first. */
  readonly accepted: { readonly number: bigint; readonly atMs: number } | null
  /** A jump that waits for a second poll. */
  readonly held: BlockId | null
}

export const noJumps: JumpMemory = { accepted: null, held: null }

/** What is compared with what a source says. Times in milliseconds. */
export interface JumpInput {
  readonly localSafe: BlockId
  /** Number of our unsafe head: what lies below is compared with our own blocks. */
  readonly unsafe: bigint
  readonly blockTimeMs: number
  readonly nowMs: number
}

/**
 * follow-mode.md, step 4 and 5: a jump beyond what block time allows since the last accepted status is held until a
 * second poll, judged by own L1 like every other, says the same or more. At the start, when nothing was accepted yet,
 * our own head takes the place of the last status: a source that is further gets there with its second poll.
 * @returns the memory after this status, and why it is held; null when it is not.
 */
export function judgeJump(memory: JumpMemory, input: JumpInput): { memory: JumpMemory; held: string | null } {
  const { localSafe, unsafe } = input
  const allowed = allowedNumber(memory, input)
  const confirmed =
    memory.held !== null && (localSafe.number > memory.held.number || sameBlock(localSafe, memory.held))
  if (localSafe.number <= allowed || confirmed) return { memory: { ...memory, held: null }, held: null }
  return {
    memory: { ...memory, held: localSafe },
    held: `local_safe_l2 ${formatRef(localSafe)} is further than block time allows: ${allowed} was expected at most, our head is ${unsafe}; a second poll must say so too`,
  }
}

/** The memory once a status has passed every rule. Local-safe that stands still keeps the time since which it does. */
export function rememberAccepted(memory: JumpMemory, number: bigint, nowMs: number): JumpMemory {
  if (memory.accepted?.number === number) return memory
  return { ...memory, accepted: { number, atMs: nowMs } }
}

function allowedNumber(
  { accepted }: JumpMemory,
  { unsafe, blockTimeMs, nowMs }: Omit<JumpInput, 'localSafe'>,
): bigint {
  const since =
    accepted === null ? 0n : accepted.number + BigInt(Math.ceil((nowMs - accepted.atMs) / blockTimeMs))
  return (since > unsafe ? since : unsafe) + jumpSlackBlocks
}
