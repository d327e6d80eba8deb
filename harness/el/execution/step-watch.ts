import type { EVM } from '@ethereumjs/evm'
import { interpreterPrototype } from './interpreter-prototype.ts'

/** What is asked now and then while code runs: it resolves to go on, and rejects to end the execution. */
export type StepCheck = () => Promise<void>

interface Watch {
  readonly check: StepCheck
  /** Work until the next check. */
  left: number
}

interface Operation {
  readonly opcodeInfo: {
    readonly feeBigInt: bigint
    readonly dynamicGas: boolean
    readonly isAsync: boolean
    readonly isInvalid: boolean
  }
  opHandler(state: RunState, common: unknown): void
}

interface RunState {
  opCode: number
  programCounter: number
  readonly code: Uint8Array
  readonly shouldDoJumpAnalysis: boolean
}

interface Interpreter {
  readonly _evm: { [watchOf]?: Watch | undefined }
  readonly _runState: RunState
  readonly common: unknown
  lookupOpInfo(opcode: number): Operation
  useGas(amount: bigint, context: unknown): void
  runStep(this: Interpreter, operation?: Operation): Promise<void>
}

/** An operation of fixed cost takes about a microsecond; those of `heavy` can take thousands of them. */
const workPerCheck = 512
const heavyWork = 32
/** KECCAK256, the copies, MCOPY, LOG0 to LOG4, and what calls, creates or returns. */
const heavy = [
  ...[0x20, 0x37, 0x39, 0x3c, 0x3e, 0x5e],
  ...[0xa0, 0xa1, 0xa2, 0xa3, 0xa4],
  ...[0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xfa, 0xfd],
]
const workOf = new Uint8Array(256).fill(1)
for (const opcode of heavy) workOf[opcode] = heavyWork

/** Of the EVM itself: a look into a map, five million times a second, costs a tenth of all that code takes. */
const watchOf: unique symbol = Symbol.for('lockstep.watch') as never
const patched = Symbol.for('lockstep.step-watch')

/**
 * Lets `check` be asked while code runs in this EVM, until it is disposed: the interpreter awaits nothing but promises
 * that are there already, so that a loop keeps everything else in the process from its turn. `watchableSteps` must have
 * been awaited before.
 */
export function watchSteps(evm: EVM, check: StepCheck): Disposable {
  const watched: Interpreter['_evm'] = evm as object
  watched[watchOf] = { check, left: workPerCheck }
  return {
    [Symbol.dispose]: () => {
      watched[watchOf] = undefined
    },
  }
}

/** Asks what is asked while code runs, from work for a transaction that is not its code. */
export async function checkWatch(evm: EVM): Promise<void> {
  const watched: Interpreter['_evm'] = evm as object
  await watched[watchOf]?.check()
}

/**
 * Makes the interpreter ask, and run on through operations of fixed cost that wait for nothing, which are nineteen of
 * twenty: its own `runStep` makes three promises for each of them. Its `step` event, which would copy the whole memory each
 * time, is not sent for those.
 * @throws Error when a new version of the package no longer has the methods.
 */
export async function watchableSteps(): Promise<void> {
  const prototype = (await interpreterPrototype()) as Interpreter
  for (const name of ['runStep', 'lookupOpInfo', 'useGas'] as const)
    if (typeof prototype[name] !== 'function')
      throw new Error(
        `expected @ethereumjs/evm to have Interpreter.prototype.${name}: it is another version than package.json pins`,
      )
  const runStep = prototype.runStep
  if (patched in runStep) return
  const watched = function (this: Interpreter, first?: Operation): Promise<void> | undefined {
    const watch = this._evm[watchOf]
    const { _runState: state } = this
    let operation = first ?? this.lookupOpInfo(state.opCode)
    for (;;) {
      if (watch !== undefined) {
        watch.left -= workOf[state.opCode] ?? 1
        if (watch.left <= 0) {
          watch.left = workPerCheck
          const checked = operation
          return watch.check().then(() => runStep.call(this, checked))
        }
      }
      if (!isPlain(operation)) return runStep.call(this, operation)
      this.useGas(operation.opcodeInfo.feeBigInt, operation.opcodeInfo)
      state.programCounter++
      operation.opHandler(state, this.common)
      const opcode = state.code[state.programCounter]
      // Before the first jump of a code the interpreter itself looks where its destinations are.
      if (opcode === undefined || (state.shouldDoJumpAnalysis && mayJump(opcode))) return undefined
      state.opCode = opcode
      operation = this.lookupOpInfo(opcode)
    }
  }
  prototype.runStep = Object.assign(watched as Interpreter['runStep'], { [patched]: true })
}

const isPlain = ({ opcodeInfo: { dynamicGas, isAsync, isInvalid } }: Operation) =>
  !(dynamicGas || isAsync || isInvalid)

/** JUMP, JUMPI, and what was to be JUMPSUB. */
const mayJump = (opcode: number) => opcode === 0x56 || opcode === 0x57 || opcode === 0x5e
