import { type Address, type Hex, keccak256, toHex } from 'viem'
import { unsafeBlockSignerSlot } from '../../../../node/l1/unsafe-block-signer.ts'
import { type RlpValue, rlpDigits } from '../../../../node/protocol/rlp-writer.ts'

/** Of the chains that `createTestChain` makes. */
const systemConfigAddress: Address = `0x${'5c'.repeat(20)}`
/** Nobody signs: blocks come by `admin_postUnsafePayload`, where no signature is asked for. */
const signer: Address = `0x${'01'.repeat(20)}`
const emptyCodeHash: Hex = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'

/** L1's state in a live replay: the SystemConfig alone, with the signer of unsafe blocks alone; as proofs of EIP-1186. */
export const signerState = createSignerState()

function createSignerState() {
  const storage = leafOf(unsafeBlockSignerSlot, signer)
  const account = leafOf(systemConfigAddress, [1n, 0n, storage.root, emptyCodeHash])
  return {
    stateRoot: account.root,
    word: `0x${signer.slice(2).padStart(64, '0')}`,
    /** The answer of `eth_getProof`, whatever account and slot it is about: there is one leaf in each trie. */
    proof: {
      ...{ address: systemConfigAddress, balance: '0x0', nonce: '0x1', codeHash: emptyCodeHash },
      ...{ storageHash: storage.root, accountProof: [account.node] },
      // A quantity: geth's types refuse leading zeros.
      storageProof: [{ key: unsafeBlockSignerSlot, value: toHex(BigInt(signer)), proof: [storage.node] }],
    },
  } as const
}

/** A trie of one leaf: the path is whole in it, with the flags of an even leaf (yellow paper, appendix C). */
function leafOf(key: Hex, value: RlpValue): { readonly root: Hex; readonly node: Hex } {
  const node: Hex = `0x${rlpDigits([`0x20${keccak256(key).slice(2)}`, `0x${rlpDigits(value)}`])}`
  return { node, root: keccak256(node) }
}
