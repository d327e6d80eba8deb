import { interpreterPrototype } from './interpreter-prototype.ts'
import { LruMap } from './lru-map.ts'

/** Analyses kept; that of the largest code takes a few hundred kilobytes. */
const analysesMax = 512

interface Interpreter {
  _getValidJumpDestinations(code: Uint8Array): unknown
  lookupOpInfo(opcode: number): unknown
}

/** Marks the patched method, so that a second engine in the same process does not patch it again. */
const patched = Symbol.for('lockstep.jump-destinations')

/**
 * EthereumJS analyses a code's jump destinations in every call frame, a fifth of the time of a real block. This keeps
 * the analyses of the codes used last. They are by array identity, which holds because the state reader gives one array
 * for one code, and by the interpreter's opcode table, which differs between forks and engines.
 * @throws Error when a new version of the package no longer has the method.
 */
export async function cacheJumpDestinations(): Promise<void> {
  const prototype = (await interpreterPrototype()) as Interpreter
  if (typeof prototype._getValidJumpDestinations !== 'function')
    throw new Error(
      'expected @ethereumjs/evm to have Interpreter.prototype._getValidJumpDestinations: it is another version than package.json pins',
    )
  const analyse = prototype._getValidJumpDestinations
  if (patched in analyse) return
  const identities = new WeakMap<object, number>()
  let nextIdentity = 0
  const identityOf = (object: object): number => {
    let identity = identities.get(object)
    if (identity === undefined) {
      identity = nextIdentity++
      identities.set(object, identity)
    }
    return identity
  }
  const analyses = new LruMap<string, unknown>(analysesMax)
  const cached = function (this: Interpreter, code: Uint8Array): unknown {
    const table = this.lookupOpInfo(0) as object
    const key = `${identityOf(table)}:${identityOf(code)}`
    let analysis = analyses.get(key)
    if (analysis === undefined) {
      analysis = analyse.call(this, code)
      analyses.set(key, analysis)
    }
    return analysis
  }
  prototype._getValidJumpDestinations = Object.assign(cached, { [patched]: true })
}
