import { createBeacon } from './adapters/beacon/beacon.ts'
import { createBeaconClients } from './adapters/beacon/beacon-clients.ts'
import { createKzg } from './adapters/kzg/kzg.ts'
import { recoverKey } from './adapters/secp256k1/recover-key.ts'
import { createDecompressor } from './adapters/zlib/decompressor.ts'
import type { NodeConfig } from './config/node-config.ts'
import { deriveMode } from './derivation/derive-mode.ts'
import type { FinishedCall } from './json-rpc/client.ts'
import type { ModeParts } from './node-mode.ts'
import type { Beacon } from './ports/beacon.ts'
import type { Clock } from './ports/clock.ts'

/** Beacon, KZG, decompression, senders and the pipeline: loaded by a node that derives alone. */
export function openDeriveParts(
  { beacon }: NodeConfig,
  started: AsyncDisposableStack,
  clock: Clock,
  onBeaconCall: (call: FinishedCall) => void,
): ModeParts {
  const open = (): Beacon | null => {
    if (beacon === null) return null
    const kzg = createKzg()
    started.defer(() => kzg.close())
    return createBeacon({
      ...createBeaconClients(beacon, clock, onBeaconCall),
      slotDurationMs: beacon.slotDurationMs ?? undefined,
      kzg,
    })
  }
  return {
    mode: deriveMode,
    recoverKey,
    ports: { beacon: open(), decompressor: createDecompressor(), followSource: null },
  }
}
