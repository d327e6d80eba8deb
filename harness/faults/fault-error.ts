/** A fault that cannot be: an unknown name, a parameter that makes no sense, a point that cannot carry it. */
export class FaultError extends Error {
  override readonly name = 'FaultError'
}
