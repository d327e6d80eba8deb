import type { Head } from './head.ts'

/** Blocks that were told so many others ago are hardly told again; when one is, it is kept twice. */
const recentMax = 20_000

/**
 * Makes one object of all that name a block in the same way. Engines tell no origins, nodes do: once a node has told a
 * block, engines' heads are that one. It remembers the newest blocks alone.
 */
export function createSharing(): (head: Head) => Head {
  let recent = new Map<string, Head>()
  let older = new Map<string, Head>()
  const known = (hash: string) => recent.get(hash) ?? older.get(hash)

  return ({ number, hash, parent, origin }) => {
    const before = known(hash)
    if (
      before !== undefined &&
      (origin === undefined || before.origin?.hash === origin.hash) &&
      (parent === undefined || before.parent === parent)
    )
      return before
    const head: Head = {
      number,
      hash: before?.hash ?? hash,
      parent: parent === undefined ? before?.parent : (known(parent)?.hash ?? parent),
      origin: origin === undefined ? before?.origin : shareOrigin(origin),
    }
    remember(head)
    return head
  }

  /** The block as L1 told it, when it did. */
  function shareOrigin(origin: Head): Head {
    const before = known(origin.hash)
    if (before !== undefined) return before
    const { number, hash } = origin
    const made: Head = { number, hash, parent: undefined, origin: undefined }
    remember(made)
    return made
  }

  function remember(head: Head): void {
    if (recent.size >= recentMax) {
      older = recent
      recent = new Map()
    }
    recent.set(head.hash, head)
  }
}
