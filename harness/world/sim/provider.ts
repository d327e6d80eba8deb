import type { RpcDispatchOptions } from '../../../node/json-rpc/dispatch.ts'
import type { TransportAnswer } from '../../../node/json-rpc/transport.ts'
import type { ElCore } from '../../el/el-core.ts'

/** An engine in the same process, below its JSON-RPC. */
export type EngineAtHand = Pick<ElCore, 'calls' | 'backend'>

/** Who answers at the other end of a link while it runs. */
export interface Provider {
  /** Found anew for each message. */
  readonly dispatch: () => RpcDispatchOptions
  /** The end of its pause; null unless it is paused. */
  readonly paused: () => Promise<void> | null
  /** Of a REST API, which has no JSON-RPC: what is at a path with its query. */
  readonly get?: (target: string) => Promise<TransportAnswer>
  /** Of an engine: what its methods call. */
  readonly engine?: EngineAtHand
}
