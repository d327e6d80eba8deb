import { expect, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'
import { type Address, encodeFunctionData, parseAbi } from 'viem'

const abi = parseAbi(['function setUnsafeBlockSigner(address signer)'])

const options = {
  claim:
    'A rotation of the unsafe block signer interrupts nobody who saw it; who starts after it refuses the old key, and takes it again when L1 names it again.',
  tags: ['gossip', 'system-config'],
  topology: twoVerifiersFollowing,
}

/** The sequencer keeps its key, so that after the rotation only the grace of the old one lets its blocks count. */
scenario('Gossip_SignerRotation', options, async (devstack) => {
  const { sequencer, reference, follower, nodes, l1, accounts, rollup, step } = devstack
  const name = async (signer: Address) => {
    const data = encodeFunctionData({ abi, functionName: 'setUnsafeBlockSigner', args: [signer] })
    const hash = await l1.sendTransaction(accounts.owner, { to: rollup.l1SystemConfigAddress, data })
    const { status, blockNumber } = await l1.included(hash)
    expect(status).toBe('success')
    // Everybody has looked at that block when the safe chain is derived from it.
    const block = await l1.block(blockNumber)
    await l1.advanced(1)
    await reference.derivedFrom(block)
  }
  await Promise.all(nodes.map((node) => node.reached('localSafe', 3)))

  await step('L1 names another signer: who saw it hears the old one on', async () => {
    await name(accounts.users[5]!.address)
    await Promise.all([reference.advanced('unsafe', 4), follower.advanced('unsafe', 4)])
    await Promise.all([
      reference.inSync(sequencer, 'unsafe', { by: 'gossip' }),
      follower.inSync(sequencer, 'unsafe', { by: 'gossip' }),
    ])
  })
  await step('who starts after it refuses the old key, and lives by its source', async () => {
    await follower.tells('refused wrong_signer', () => follower.restart())
    await follower.converged('localSafe', 'unsafe')
    await follower.keepsEqual('unsafe', 'localSafe', () => follower.advanced('localSafe', 4))
  })
  await step('L1 names the old key again: it counts at once', async () => {
    await name(accounts.sequencer.address)
    await follower.inSync(sequencer, 'unsafe', { by: 'gossip' })
    await follower.inSync(reference, 'localSafe')
  })
})
