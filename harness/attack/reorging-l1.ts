import type { Hash } from 'viem'
import { headerHash } from '../../node/adapters/l1/l1-header.ts'
import { stubL1Genesis } from '../../node/testing/stub-servers.ts'
import { jsonRpcTurn } from './json-rpc-turn.ts'
import type { Turn } from './turncoat.ts'

type Block = Readonly<Record<string, unknown>> & { readonly hash: Hash; readonly number: string }

const heightMax = 60

/** An L1 on the stub's genesis, in which a block more or less is another chain. */
export function createReorgingL1(): { readonly answer: Turn; readonly head: Hash; reorg(): void } {
  let [fork, height] = [0, heightMax]
  let chain = blocksOf(fork, height)
  const answer = jsonRpcTurn({
    eth_chainId: () => '0x384',
    eth_getBlockByNumber: ([block]) => {
      if (block === 'latest') return chain.at(-1)
      return block === 'safe' || block === 'finalized' ? chain[0] : (chain[Number(block)] ?? null)
    },
    eth_getBlockByHash: ([hash]) => chain.find((block) => block.hash === hash) ?? null,
    eth_getBlockReceipts: () => [],
    eth_getStorageAt: () => `0x${'00'.repeat(32)}`,
  })
  return {
    answer,
    get head() {
      return chain.at(-1)!.hash
    },
    reorg() {
      fork++
      height = height > 5 ? height - 4 : heightMax
      chain = blocksOf(fork, height)
    },
  }
}

/** From genesis on, with the fork's number in each. */
function blocksOf(fork: number, height: number): readonly Block[] {
  const genesis = stubL1Genesis()
  const blocks: Block[] = [{ ...genesis.json, number: '0x0' }]
  for (let number = 1; number <= height; number++) {
    const parent = blocks[number - 1]!
    const fields = { parentHash: parent.hash, extraData: `0x${fork.toString(16).padStart(4, '0')}` as const }
    const quantities = { number: BigInt(number), timestamp: 1_000n + 12n * BigInt(number) }
    const json = {
      ...genesis.json,
      ...fields,
      number: `0x${number.toString(16)}`,
      timestamp: `0x${quantities.timestamp.toString(16)}`,
    }
    const numbers = { difficulty: 0n, gasLimit: 30_000_000n, gasUsed: 0n, baseFeePerGas: 7n, ...quantities }
    blocks.push({ ...json, hash: headerHash({ ...genesis.json, ...fields, ...numbers }) })
  }
  return blocks
}
