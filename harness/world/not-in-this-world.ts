/** A world cannot be what the scenario asks for: the scenario is skipped, with this as the reason. */
export class NotInThisWorld extends Error {
  override readonly name = 'NotInThisWorld'
}
