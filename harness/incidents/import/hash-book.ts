/** Finds the whole hash of a block that somebody named by a part of it. */
export interface HashBook {
  /** Every hash of all material comes here before the first `resolve`. */
  add(block: { readonly number: number; readonly hash: string }): void
  /** The whole hash when exactly one fits; else what is known of it, the same for everybody who names that block. */
  resolve(block: { readonly number: number; readonly hash: string }): string
}

/** Of one height. More are no blocks of one network, and every part of a hash is held against each. */
const namesMax = 1_000
const whole = /^0x[0-9a-f]{64}$/

export function createHashBook(): HashBook {
  /** By height: whole hashes, then parts that none of them fits. */
  const known = new Map<number, Set<string>>()
  const parts = new Map<number, string[]>()
  return {
    add({ number, hash }) {
      if (!whole.test(hash)) return
      const at = known.get(number) ?? new Set()
      if (at.size < namesMax) known.set(number, at.add(hash))
    },
    resolve({ number, hash }) {
      if (whole.test(hash)) return hash
      const fitting = [...(known.get(number) ?? [])].filter((one) => fits(one, hash))
      if (fitting.length === 1) return fitting[0] ?? hash
      const at = parts.get(number) ?? []
      parts.set(number, at)
      const same = at.find((one) => fits(one, hash))
      if (same !== undefined) return same
      if (at.length < namesMax) at.push(hash)
      return hash
    },
  }
}

/** Whether two names, either of which may be cut, can be of one hash. */
function fits(a: string, b: string): boolean {
  const [x, y] = [ends(a), ends(b)]
  const shared = Math.min(x.begin.length, y.begin.length)
  if (x.begin.slice(0, shared) !== y.begin.slice(0, shared)) return false
  const tail = Math.min(x.end.length, y.end.length)
  return tail === 0 || x.end.slice(-tail) === y.end.slice(-tail)
}

/** A whole hash begins and ends with itself; what is cut without an end has none. */
function ends(hash: string): { readonly begin: string; readonly end: string } {
  const plain = hash.replace(/^0x/, '')
  const [begin = '', end] = plain.split('..')
  return { begin, end: end ?? (begin.length === 64 ? begin : '') }
}
