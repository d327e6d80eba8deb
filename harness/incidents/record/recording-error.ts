/** The recording cannot be written; the message names the file and what to do. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError'
}

export const isFull = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOSPC'

/** What the disk said, in one sentence with the path. */
export function recordingError(path: string, error: unknown): RecordingError {
  return new RecordingError(
    isFull(error)
      ? `the disk of ${path} is full: what was recorded until now is whole; make room there and start the same command again, and it goes on`
      : `${path} cannot be written (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
    { cause: error },
  )
}
