import { createBeacon } from '../adapters/beacon/beacon.ts'
import { createBeaconClient } from '../adapters/beacon/beacon-client.ts'
import { createKzg } from '../adapters/kzg/kzg.ts'
import { createL1Source } from '../adapters/l1/l1-source.ts'
import { createPinoLogger } from '../adapters/logs/pino-logger.ts'
import { recoverKey } from '../adapters/secp256k1/recover-key.ts'
import { createSystemClock } from '../adapters/system/system-clock.ts'
import { createSystemRandom } from '../adapters/system/system-random.ts'
import type { JsonRpcClient } from '../json-rpc/client.ts'
import { createHttpRpcClient } from '../json-rpc/http-client.ts'
import type { Beacon } from '../ports/beacon.ts'
import type { L1Source } from '../ports/l1-source.ts'

export interface L1AccessOptions {
  /** Of an L1 execution client's JSON-RPC. */
  readonly url: string
  /** Of a beacon node's HTTP API; null when there is none, and no blob can be read. */
  readonly beaconUrl: string | null
  /** Accept headers and transactions without computing their hashes. */
  readonly trustRpc: boolean
}

/** L1 as a command reads it that is no node: what is read is proven as in a node, each call ends by itself. */
export interface L1Access {
  /** For what the L1Source port does not have. */
  readonly rpc: JsonRpcClient
  readonly l1: L1Source
  readonly beacon: Beacon | null
}

const timeoutMs = 10_000

/** Opens L1 and its beacon by their URLs; nothing is asked yet. What must be closed is, with `opened`. */
export function openL1Access(options: L1AccessOptions, opened: AsyncDisposableStack): L1Access {
  const { url, beaconUrl, trustRpc } = options
  const rpc = createHttpRpcClient({ url, timeoutMs })
  const l1 = createL1Source({
    rpc,
    clock: createSystemClock(),
    random: createSystemRandom(),
    logger: createPinoLogger({ level: 'warn', format: 'text' }),
    trustRpc,
    recoverKey,
  })
  return { rpc, l1, beacon: beaconUrl === null ? null : openBeacon(beaconUrl, opened) }
}

function openBeacon(url: string, opened: AsyncDisposableStack): Beacon {
  const kzg = createKzg()
  opened.defer(() => kzg.close())
  return createBeacon({ beacon: createBeaconClient({ url, timeoutMs }), fallbacks: [], kzg })
}
