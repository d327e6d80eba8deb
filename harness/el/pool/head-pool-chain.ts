import type { Hash } from 'viem'
import { type ForkName, isForkActive } from '../../../node/config/forks.ts'
import { bytesToHex, hexToBytes, uintToBytes } from '../../../node/protocol/bytes.ts'
import { predeploys } from '../../../node/protocol/predeploys.ts'
import type { Chain } from '../chain/chain.ts'
import type { TransactionDecoder } from '../execution/decode-transaction.ts'
import { type L1FeeState, l1Fee, operatorFee, readL1FeeState } from '../execution/fees.ts'
import type { ExecutedBlock } from '../execution/types.ts'
import { decodePoolTransaction } from './pool-transaction.ts'
import type { PoolChain } from './transaction-pool.ts'

/** The chain's head as the pool sees it. Fees are those of the head: the next block's L1 info is not known yet. */
export function createHeadPoolChain(chain: Chain, decoder: TransactionDecoder): PoolChain {
  const { config } = chain.executor
  let fees: { readonly head: Hash; readonly state: Promise<L1FeeState> } | null = null

  function feeState(head: ExecutedBlock): Promise<L1FeeState> {
    if (fees?.head !== head.hash) fees = { head: head.hash, state: readFeeState(chain, head) }
    return fees.state
  }

  const isNext = (fork: ForkName) => isForkActive(config.forks, fork, chain.head.header.timestamp + 1n)

  return {
    blockGasLimit: () => chain.head.header.gasLimit,
    hasGasCap: () => isNext('karst'),
    decode: (raw) =>
      decodePoolTransaction(raw, decoder, { isCanyon: isNext('canyon'), isIsthmus: isNext('isthmus') }),
    async account(address) {
      const view = chain.executor.view(chain.head.header)
      const [nonce, balance] = await Promise.all([view.nonce(address), view.balance(address)])
      return { nonce, balance }
    },
    async extraCost(transaction) {
      const { head } = chain
      const { timestamp } = head.header
      const state = await feeState(head)
      const data = l1Fee(config.forks, timestamp, state, hexToBytes(transaction.raw)).l1Fee
      return data + operatorFee(config.forks, timestamp, state, transaction.gasLimit)
    },
  }
}

function readFeeState(chain: Chain, { header }: ExecutedBlock): Promise<L1FeeState> {
  const view = chain.executor.view(header)
  return readL1FeeState(chain.executor.config.forks, header.timestamp, async (slot) =>
    hexToBytes(await view.storage(predeploys.l1Block, bytesToHex(uintToBytes(slot, 32)))),
  )
}
