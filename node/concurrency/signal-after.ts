/**
 * A signal that aborts, with the same reason, when `work` has ended; that begins when the given one aborts, and is done once.
 * @param work never rejects.
 */
export function signalAfter(signal: AbortSignal, work: () => Promise<void>): AbortSignal {
  const after = new AbortController()
  const begin = () => void work().then(() => after.abort(signal.reason))
  if (signal.aborted) begin()
  else signal.addEventListener('abort', begin, { once: true })
  return after.signal
}
