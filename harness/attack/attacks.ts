import type { Attack } from './attack.ts'
import { beaconAttacks } from './beacon-attacks.ts'
import { blockAttacks } from './block-attacks.ts'
import { callAttacks } from './call-attacks.ts'
import { connectionAttacks } from './connection-attacks.ts'
import { gossipAttacks } from './gossip-attacks.ts'
import { nodeAttacks } from './node-attacks.ts'
import { peerPlaceAttacks } from './peer-place-attacks.ts'

/** All of them, in the order in which they are made. */
export const attacks: readonly Attack[] = [
  ...callAttacks,
  ...blockAttacks,
  ...connectionAttacks,
  ...peerPlaceAttacks,
  ...gossipAttacks,
  ...nodeAttacks,
  ...beaconAttacks,
]
