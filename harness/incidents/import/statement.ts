import type { Fact, HeadLevel } from '../../events/event.ts'
import type { LogLine } from '../../events/log-line.ts'
import type { LoggedBlock } from './block-text.ts'

/** What a line, a poll or a sample tells. */
export type Statement =
  | {
      readonly kind: 'head'
      /** `source`: what the node was told by the node that it follows. */
      readonly of: 'self' | 'source'
      readonly level: HeadLevel
      readonly block: LoggedBlock
    }
  /** A block that the node took for a part of L1, or for its head. */
  | { readonly kind: 'l1'; readonly block: LoggedBlock; readonly isHead: boolean }
  /** Where a block stands, whoever has it as a head. */
  | { readonly kind: 'block'; readonly block: LoggedBlock }
  /** The node was started: nothing is known of it since its line before. */
  | { readonly kind: 'started' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'syncing'; readonly syncing: boolean }
  | { readonly kind: 'fact'; readonly fact: Fact }
  /** Worth reading itself, whatever its level. */
  | { readonly kind: 'log' }

/** Reads the lines of one program. It may remember what lines before said. */
export interface LineReader {
  readonly program: string
  readonly kind: 'consensus' | 'engine'
  /** Null for a line whose message it does not know; none when there is nothing in it. */
  read(line: LogLine): readonly Statement[] | null
}

export type CreateLineReader = (node: string) => LineReader

/** Heads of the node itself, those that can be read. */
export function heads(
  of: 'self' | 'source',
  blocks: Partial<Readonly<Record<HeadLevel, LoggedBlock | null>>>,
): readonly Statement[] {
  return Object.entries(blocks).flatMap(([level, block]) =>
    block === null || block === undefined
      ? []
      : [{ kind: 'head' as const, of, level: level as HeadLevel, block }],
  )
}
