import { createEVM } from '@ethereumjs/evm'
import { cacheJumpDestinations } from '../../el/execution/jump-destinations.ts'

let loading: Promise<unknown> | null = null

/**
 * Loads what execution loads with its first block. Files are read meanwhile, which takes real time: a world whose clock
 * runs already would not wait for them, and its first run in a process would differ from the next.
 */
export function loadExecution(): Promise<unknown> {
  loading ??= Promise.all([cacheJumpDestinations(), createEVM()])
  return loading
}
