import { expect, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'
import { encodeFunctionData, type Hash, parseAbi, parseEther } from 'viem'
import { getL2TransactionHashes } from 'viem/op-stack'

const abi = parseAbi([
  'function depositTransaction(address to, uint256 value, uint64 gasLimit, bool isCreation, bytes data) payable',
  'function setGasLimit(uint64 gasLimit)',
])
const amount = parseEther('1.5')
const newGasLimit = 31_000_000n
/** Nobody's: its balance comes from the deposit alone. */
const recipient = '0x00000000000000000000000000000000000de905'

scenario(
  'L1ToL2_DepositAndSystemConfig',
  {
    claim: 'A deposit and a change of the gas limit on L1 arrive in the same L2 block on every node.',
    tags: ['derivation', 'deposits', 'system-config'],
    topology: twoVerifiersFollowing,
  },
  async ({ nodes, l1, accounts, rollup, step }) => {
    const depositHash = await step('deposit on L1', async () => {
      const hash = await l1.sendTransaction(accounts.users[1]!, {
        to: rollup.depositContractAddress,
        value: amount,
        data: encodeFunctionData({
          abi,
          functionName: 'depositTransaction',
          args: [recipient, amount, 100_000n, false, '0x'],
        }),
      })
      const receipt = await l1.included(hash)
      expect(receipt.status).toBe('success')
      const [l2Hash] = getL2TransactionHashes(receipt)
      return l2Hash as Hash
    })

    await step('it arrives on L2, on every node, in the same block', async () => {
      const receipts = await Promise.all(nodes.map(({ el }) => el.included(depositHash)))
      expect(receipts.map(({ status }) => status)).toEqual(nodes.map(() => 'success'))
      expect(new Set(receipts.map(({ blockHash }) => blockHash)).size).toBe(1)
      for (const { el } of nodes) expect(await el.client.getBalance({ address: recipient })).toBe(amount)
      const { blockNumber } = receipts[0]!
      await Promise.all(nodes.map((node) => node.reached('localSafe', blockNumber)))
    })

    await step('change the gas limit on L1', async () => {
      const hash = await l1.sendTransaction(accounts.owner, {
        to: rollup.l1SystemConfigAddress,
        data: encodeFunctionData({ abi, functionName: 'setGasLimit', args: [newGasLimit] }),
      })
      expect((await l1.included(hash)).status).toBe('success')
    })

    await step('it takes effect on every node, also in the safe chain', async () => {
      await Promise.all(nodes.map(({ el }) => el.reachedGasLimit(newGasLimit)))
      const { number } = (await nodes[0]!.el.block('latest'))!
      await Promise.all(nodes.map((node) => node.reached('localSafe', number)))
      for (const { el } of nodes) expect((await el.block(number))?.gasLimit).toBe(newGasLimit)
    })
  },
)
