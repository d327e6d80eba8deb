import type { RequestKind } from './requests.ts'

/**
 * How a request backs off, in milliseconds: it doubles up to about 2 s. A head that the execution engine is syncing to
 * is asked for four times a block, so that the end of a sync is noticed well within one.
 */
export function retryLimits(kind: RequestKind, blockTimeMs: number): { firstMs: number; maxMs: number } {
  const maxMs = kind === 'resync' ? Math.min(2000, blockTimeMs / 4) : 2000
  return { firstMs: Math.min(50, maxMs), maxMs }
}
