/** The recording does not hold what a replay needs. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError'
}
