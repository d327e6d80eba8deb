/**
 * Rejects with the first error that nobody handled: an exception out of a callback or a promise that nothing waits for.
 * From then on the process does not end by itself, so that what runs can be stopped in order; the caller ends it.
 */
export function unhandledError(): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  process.on('uncaughtException', reject)
  process.on('unhandledRejection', reject)
  // Whoever comes too late to wait for it has ended by something else.
  promise.catch(() => {})
  return promise
}
