/** Resolves when all are done, and rejects as soon as one fails or the run does. */
export async function firstFailure(all: readonly Promise<unknown>[], failed: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(failed.reason)
  failed.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([Promise.all(all), aborted.promise])
  } finally {
    failed.removeEventListener('abort', abort)
  }
}

/** Waits for all, then throws what went wrong. */
export async function allDone(all: readonly Promise<unknown>[]): Promise<void> {
  const errors = (await Promise.allSettled(all)).flatMap((result) =>
    result.status === 'rejected' ? [result.reason] : [],
  )
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} components did not stop in order`)
}
