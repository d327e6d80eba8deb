import type { BeaconConfig } from '../../config/node-config.ts'
import { type BeaconClient, type BeaconClientOptions, createBeaconClient } from './beacon-client.ts'

/** The own L1's beacon, and its fallbacks. The header, most likely a key, goes to the first alone, as in op-node. */
export function createBeaconClients(
  { url, fallbackUrls, headers, ...config }: BeaconConfig,
  onCall: NonNullable<BeaconClientOptions['onCall']>,
): { readonly beacon: BeaconClient; readonly fallbacks: readonly BeaconClient[] } {
  return {
    beacon: createBeaconClient({ ...config, url, headers, onCall }),
    fallbacks: fallbackUrls.map((fallback) => createBeaconClient({ ...config, url: fallback, onCall })),
  }
}
