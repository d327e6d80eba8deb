/** A flag or variable that chooses clients cannot be read, or does not fit the topology. */
export class ClientChoiceError extends Error {
  override readonly name = 'ClientChoiceError'
}
