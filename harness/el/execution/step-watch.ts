import type { EVM } from '@ethereumjs/evm'

/** What is asked now and then while code runs: it resolves to go on, and rejects to end the execution. */
export type StepCheck = () => Promise<void>

interface Watch {
  readonly check: StepCheck
  /** Work until the next check. */
  left: number
}

interface Interpreter {
  readonly _evm: object
  readonly _runState: { readonly opCode: number }
  runStep(this: Interpreter, entry?: unknown): Promise<void>
}

/** An operation of fixed cost takes about a microsecond; those of `heavy` can take thousands of them. */
const workPerCheck = 64
const heavyWork = 16
/** KECCAK256, the copies, MCOPY, LOG0 to LOG4, and what calls, creates or returns. */
const heavy = [
  ...[0x20, 0x37, 0x39, 0x3c, 0x3e, 0x5e],
  ...[0xa0, 0xa1, 0xa2, 0xa3, 0xa4],
  ...[0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xfa, 0xfd],
]
const workOf = new Uint8Array(256).fill(1)
for (const opcode of heavy) workOf[opcode] = heavyWork

const watches = new WeakMap<object, Watch>()
const patched = Symbol.for('lockstep.step-watch')

/**
 * Lets `check` be asked while code runs in this EVM, until it is disposed: the interpreter awaits nothing but promises
 * that are there already, so that a loop keeps everything else in the process from its turn. `watchableSteps` must have
 * been awaited before.
 */
export function watchSteps(evm: EVM, check: StepCheck): Disposable {
  watches.set(evm, { check, left: workPerCheck })
  return { [Symbol.dispose]: () => void watches.delete(evm) }
}

/**
 * Makes the interpreter ask. Its own `step` event copies the whole memory at every step; this costs a counter.
 *
 * The interpreter is no export of the package, so its module is imported by its file; the package's version is pinned.
 * @throws Error when a new version of the package no longer has the method.
 */
export async function watchableSteps(): Promise<void> {
  const url = new URL('./interpreter.js', import.meta.resolve('@ethereumjs/evm'))
  const module = (await import(url.href)) as { Interpreter?: { prototype: Interpreter } }
  const prototype = module.Interpreter?.prototype
  if (typeof prototype?.runStep !== 'function')
    throw new Error(
      'expected @ethereumjs/evm to have Interpreter.prototype.runStep: it is another version than package.json pins',
    )
  const runStep = prototype.runStep
  if (patched in runStep) return
  const watched = function (this: Interpreter, entry?: unknown): Promise<void> {
    const watch = watches.get(this._evm)
    if (watch === undefined) return runStep.call(this, entry)
    watch.left -= workOf[this._runState.opCode] ?? 1
    if (watch.left > 0) return runStep.call(this, entry)
    watch.left = workPerCheck
    return watch.check().then(() => runStep.call(this, entry))
  }
  prototype.runStep = Object.assign(watched, { [patched]: true })
}
