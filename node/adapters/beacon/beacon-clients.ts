import type { BeaconConfig } from '../../config/node-config.ts'
import type { Clock } from '../../ports/clock.ts'
import { type BeaconClient, type BeaconClientOptions, createBeaconClient } from './beacon-client.ts'

/** The own L1's beacon, and its fallbacks. The header, most likely a key, goes to the first alone, as in op-node. */
export function createBeaconClients(
  { url, fallbackUrls, headers, ...config }: BeaconConfig,
  clock: Clock,
  onCall: NonNullable<BeaconClientOptions['onCall']>,
): { readonly beacon: BeaconClient; readonly fallbacks: readonly BeaconClient[] } {
  return {
    beacon: createBeaconClient({ ...config, url, headers, clock, onCall }),
    fallbacks: fallbackUrls.map((fallback) =>
      createBeaconClient({ ...config, url: fallback, clock, onCall }),
    ),
  }
}
