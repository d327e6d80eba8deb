import type { Address, Hex } from 'viem'

/** Small contracts in hand-made code that runs on every fork. */
export const contracts = {
  /** `slot ‖ value`: stores. */
  store: { address: '0x00000000000000000000000000000000000000a1', code: '0x60203560003555' },
  /** Reverts with what it was called with. */
  revert: { address: '0x00000000000000000000000000000000000000a2', code: '0x366000600037366000fd' },
  /** Logs its calldata with its first word as topic. */
  log: { address: '0x00000000000000000000000000000000000000a3', code: '0x366000600037600035366000a100' },
  /** Creates a contract with its calldata as init code. */
  create: { address: '0x00000000000000000000000000000000000000a4', code: '0x3660006000373660006000f000' },
  /** Destroys itself; its balance goes to the address in the calldata. */
  selfdestruct: { address: '0x00000000000000000000000000000000000000a5', code: '0x600035ff' },
  /** Uses up all gas. */
  loop: { address: '0x00000000000000000000000000000000000000a6', code: '0x5b600056' },
  /** Slot 0 = hash of the parent, slot 1 = hash of the grandparent. */
  blockHash: {
    address: '0x00000000000000000000000000000000000000a7',
    code: '0x60014303406000556002430340600155',
  },
  /**
   * Calls the address in the first word with the rest. Slot 0 = success, slot 1 = length of the answer, slot 2 = gas that
   * the call took, with 130 of overhead.
   */
  probe: {
    address: '0x00000000000000000000000000000000000000a8',
    code: '0x6020360360206000375a6000600060203603600060006000355af15a9190600055036002553d60015500',
  },
  /** Slot 0 = BLOBBASEFEE + 1 (Ecotone). */
  blobBaseFee: { address: '0x00000000000000000000000000000000000000a9', code: '0x4a600101600055' },
} as const satisfies Record<string, { readonly address: Address; readonly code: Hex }>

/** For the `alloc` of a test chain: every contract, with 5 wei. */
export const contractAlloc = Object.fromEntries(
  Object.values(contracts).map(({ address, code }) => [
    address,
    { code: code as Hex, nonce: 1n, balance: 5n },
  ]),
)
