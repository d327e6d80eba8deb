/**
 * What went wrong, for programs: alerts and callers match on it, and it does not change with the wording.
 *
 * - `config`, `rollup-config`, `input-file`: what the operator gave cannot be used.
 * - `start-check`, `follow-identity`: the surroundings do not fit the configuration, or the source is of another chain.
 * - `actor-ended`: a part of the node ended unasked, and the node with it.
 * - `deadline`: no answer within the time that was given.
 * - `engine-temporary`, `engine-reset`, `engine-invalid-block`, `engine-critical`, `engine-stopped`: what the engine
 *   actor says of a request; the first may succeed later, the second wants the heads found anew, the fourth ends the node.
 * - `engine-head-changed`: a build was overtaken by another head.
 * - `derivation-critical`, `derivation-blobs-gone`, `derivation-attributes-reset`: derivation must end, start over, or
 *   have the heads found anew.
 * - `sequencer-overtaken`, `sequencer-not-ready`: no block for now.
 * - `peer-request`: what an operator asks of the p2p network cannot be done as it was asked.
 */
export type NodeErrorCode =
  | 'config'
  | 'rollup-config'
  | 'input-file'
  | 'start-check'
  | 'follow-identity'
  | 'actor-ended'
  | 'deadline'
  | 'engine-temporary'
  | 'engine-reset'
  | 'engine-invalid-block'
  | 'engine-critical'
  | 'engine-stopped'
  | 'engine-head-changed'
  | 'derivation-critical'
  | 'derivation-blobs-gone'
  | 'derivation-attributes-reset'
  | 'sequencer-overtaken'
  | 'sequencer-not-ready'
  | 'peer-request'

/** Named values that the message speaks of, for logs and callers. Never a secret. */
export type ErrorFacts = Readonly<Record<string, unknown>>

/**
 * The base of the node's own errors. `message` is a sentence for people, `code` and `facts` are for programs. The errors
 * of pure protocol code and of ports stand alone: they say what is wrong with bytes, or carry their protocol's own code.
 */
export abstract class NodeError extends Error {
  abstract readonly code: NodeErrorCode
  readonly facts: ErrorFacts

  constructor(message: string, options: ErrorOptions & { readonly facts?: ErrorFacts } = {}) {
    super(message, options)
    this.facts = options.facts ?? {}
  }
}
