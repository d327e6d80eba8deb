import { nativeSha256 } from '../../../node/adapters/system/native-sha256.ts'
import { signerAddress } from '../../../node/network/testing/signer-address.ts'
import { startTestP2p } from '../../../node/network/testing/test-p2p.ts'
import { sequencerKey } from './attack-chain.ts'
import { serveVictim } from './serve-victim.ts'

/** Where the network of a node under attack is. */
export interface GossipInfo {
  readonly address: string
}

let received = 0
const node = await startTestP2p({}, { sha256: nativeSha256 })
node.gossip.setBlockSigners({ current: signerAddress(sequencerKey), previous: null })
node.gossip.onPayload(() => {
  received++
})
serveVictim({ address: node.address } satisfies GossipInfo, () => ({ received }))
