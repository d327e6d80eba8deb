import type { Address, Hex } from 'viem'

/** A contract that a chain has at a fixed address with fixed code. */
export interface SystemContract {
  readonly address: Address
  readonly code: Hex
}

/** EIP-4788: ring buffer of parent beacon block roots. */
export const beaconRootsContract: SystemContract = {
  address: '0x000f3df6d732807ef1319fb7b8bb8522d0beac02',
  code: '0x3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff810690815414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500',
}

/** EIP-2935: ring buffer of block hashes. */
export const historyStorageContract: SystemContract = {
  address: '0x0000f90827f1c53a10cb7a02335b175320002935',
  code: '0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500',
}

/**
 * Deploys its calldata's code by CREATE2 with the salt before it; Karst's upgrade transactions go through it.
 * Source: specs/protocol/preinstalls.md, "Arachnid's Deterministic Deployment Proxy".
 */
export const deterministicDeployer: SystemContract = {
  address: '0x4e59b44847b379578588920ca78fbf26c0b4956c',
  code: '0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3',
}
