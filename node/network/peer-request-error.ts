import { NodeError } from '../errors/node-error.ts'

/** What an operator asks of the p2p network cannot be done as it was asked: an argument is wrong, or a limit is reached. */
export class PeerRequestError extends NodeError {
  override readonly name = 'PeerRequestError'
  override readonly code = 'peer-request'
}
