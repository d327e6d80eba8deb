/** A follower did what the model of follow mode does not allow. */
export class ModelViolation extends Error {
  override readonly name = 'ModelViolation'
  readonly rule: string

  constructor(node: string, rule: string, found: string) {
    super(`model of follow mode violated: ${rule}: ${node}: ${found}`)
    this.rule = rule
  }
}
