/** The file is not a timeline that this version can read. */
export class TimelineError extends Error {
  override readonly name = 'TimelineError'
}
