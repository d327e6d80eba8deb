import type { RpcHandler } from '../json-rpc/dispatch.ts'
import { JsonRpcError, rpcErrorCode } from '../json-rpc/errors.ts'
import { payloadBlockHash } from '../protocol/block-hash.ts'
import { JsonFormatError } from '../protocol/json-schema.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import { payloadEnvelopeFromJson } from '../protocol/payload-json.ts'
import type { RollupNode } from '../rollup-node.ts'
import type { SequencerAdmin } from '../sequencer/sequencer-admin.ts'
import { flagParam, hashParam, param } from './params.ts'

export interface AdminApiOptions {
  readonly node: Pick<RollupNode, 'sequencer'> & {
    readonly engine: Pick<RollupNode['engine'], 'addUnsafePayload'>
    readonly derivation: Pick<RollupNode['derivation'], 'reset'>
  }
}

/** The `admin_` namespace, served with `--rpc.enable-admin` only. Error texts are op-node's. */
export function adminApi({ node }: AdminApiOptions): ReadonlyMap<string, RpcHandler> {
  function sequencer(): SequencerAdmin {
    if (node.sequencer === null) throw new JsonRpcError(rpcErrorCode.server, 'sequencer is not enabled')
    return node.sequencer
  }
  return new Map<string, RpcHandler>([
    ['admin_startSequencer', (params) => sequencer().start(param(params, 0, hashParam))],
    ['admin_stopSequencer', () => sequencer().stop()],
    ['admin_sequencerActive', () => node.sequencer?.active() ?? false],
    ['admin_setRecoverMode', (params) => sequencer().setRecoverMode(param(params, 0, flagParam))],
    ['admin_conductorEnabled', () => false],
    [
      'admin_overrideLeader',
      () => {
        sequencer()
        throw new JsonRpcError(
          rpcErrorCode.server,
          'conductor is not enabled: this node does not work with op-conductor, so there is no leader to override; use admin_startSequencer',
        )
      },
    ],
    ['admin_resetDerivationPipeline', () => node.derivation.reset()],
    ['admin_postUnsafePayload', (params) => node.engine.addUnsafePayload(postedPayload(params))],
  ])
}

/** @throws JsonRpcError −32602 for a malformed payload and −32000 for one whose hash is not its own. */
function postedPayload(params: readonly unknown[]): PayloadEnvelope {
  if (params[0] === undefined)
    throw new JsonRpcError(rpcErrorCode.invalidParams, 'missing value for required argument 0')
  let envelope: PayloadEnvelope
  try {
    envelope = payloadEnvelopeFromJson(params[0])
  } catch (error) {
    if (!(error instanceof JsonFormatError)) throw error
    throw new JsonRpcError(rpcErrorCode.invalidParams, `invalid argument 0: ${error.message}`)
  }
  const actual = payloadBlockHash(envelope)
  if (actual !== envelope.payload.blockHash)
    throw new JsonRpcError(
      rpcErrorCode.server,
      `payload has bad block hash: ${envelope.payload.blockHash}, actual block hash is: ${actual}`,
    )
  return envelope
}
