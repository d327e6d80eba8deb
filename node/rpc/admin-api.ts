import { z } from 'zod'
import { type LogLevel, logLevelFromText } from '../config/log-level.ts'
import type { RpcHandler } from '../json-rpc/dispatch.ts'
import { JsonRpcError, rpcErrorCode } from '../json-rpc/errors.ts'
import { invalidParams, method } from '../json-rpc/method.ts'
import { payloadBlockHash } from '../protocol/block-hash.ts'
import { JsonFormatError } from '../protocol/json-schema.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import { payloadEnvelopeFromJson } from '../protocol/payload-json.ts'
import type { RollupNode } from '../rollup-node.ts'
import type { SequencerAdmin } from '../sequencer/sequencer-admin.ts'
import { flagParam, hashParam, textParam } from './params.ts'

export interface AdminApiOptions {
  readonly node: Pick<RollupNode, 'sequencer'> & {
    readonly engine: Pick<RollupNode['engine'], 'addUnsafePayload'>
    readonly derivation: Pick<RollupNode['derivation'], 'reset'>
  }
  readonly setLogLevel: (level: LogLevel) => void
}

/** Op-node's names, in any case. */
const logLevelParam = textParam.transform((text, context) => {
  const level = logLevelFromText(text)
  if (level !== null) return level
  context.addIssue({
    code: 'custom',
    message: `unknown level: ${text.slice(0, 40)}; expected debug, info, warn or error`,
  })
  return z.NEVER
})
const jsonParam = z.unknown().refine((value) => value !== undefined)

/** The `admin_` namespace, served with `--rpc.enable-admin` only. Error texts are op-node's. */
export function adminApi({ node, setLogLevel }: AdminApiOptions): ReadonlyMap<string, RpcHandler> {
  function sequencer(): SequencerAdmin {
    if (node.sequencer === null) throw serverError('sequencer is not enabled')
    return node.sequencer
  }
  return new Map<string, RpcHandler>([
    ['admin_startSequencer', method([hashParam], (hash) => sequencer().start(hash))],
    ['admin_stopSequencer', method([], () => sequencer().stop())],
    ['admin_sequencerActive', method([], () => node.sequencer?.active() ?? false)],
    // On a verifier it means nothing, and op-node does not mind.
    ['admin_setRecoverMode', method([flagParam], (enabled) => void node.sequencer?.setRecoverMode(enabled))],
    ['admin_conductorEnabled', method([], () => false)],
    ['admin_overrideLeader', method([], () => overrideLeader(sequencer()))],
    ['admin_setSdmPostExecOptIn', method([flagParam], (enabled) => setSdm(sequencer(), enabled))],
    ['admin_sdmStatus', method([], () => sdmStatus(sequencer()))],
    ['admin_resetDerivationPipeline', method([], () => node.derivation.reset())],
    [
      'admin_postUnsafePayload',
      method([jsonParam], (json) => node.engine.addUnsafePayload(postedPayload(json))),
    ],
    ['admin_setLogLevel', method([logLevelParam], (level) => void setLogLevel(level))],
  ])
}

function overrideLeader(_: SequencerAdmin): never {
  throw serverError(
    'conductor is not enabled: this node does not work with op-conductor, so there is no leader to override; use admin_startSequencer',
  )
}

/** Post-execution sequencing comes with Lagoon, which this node does not know. */
function setSdm(_: SequencerAdmin, enabled: boolean): void {
  if (enabled)
    throw serverError('SDM is not supported: expected a fork that has it, found none that is known')
}

function sdmStatus(_: SequencerAdmin): object {
  return { postExecOptIn: false, protocolActive: false, effective: false }
}

/** @throws JsonRpcError −32602 for a malformed payload and −32000 for one whose hash is not its own. */
function postedPayload(json: unknown): PayloadEnvelope {
  let envelope: PayloadEnvelope
  try {
    envelope = payloadEnvelopeFromJson(json)
  } catch (error) {
    if (!(error instanceof JsonFormatError)) throw error
    throw invalidParams(`invalid argument 0: ${error.message}`)
  }
  const actual = payloadBlockHash(envelope)
  if (actual !== envelope.payload.blockHash)
    throw serverError(
      `payload has bad block hash: ${envelope.payload.blockHash}, actual block hash is: ${actual}`,
    )
  return envelope
}

function serverError(message: string): JsonRpcError {
  return new JsonRpcError(rpcErrorCode.server, message)
}
