import { encodeFunctionData, parseAbi } from 'viem'
import { sendOnL1 } from '../world/send-on-l1.ts'
import type { World } from '../world/world.ts'

/** Of SystemConfig; only its owner may. */
export const setSignerSignature = 'function setUnsafeBlockSigner(address signer)'
/** Which of `accounts.users` becomes the signer: no node has its key. */
export const strangerIndex = 5

/** Sends the transaction that names another signer of unsafe blocks. The next L1 block has it. */
export async function rotateSigner(world: World): Promise<void> {
  const { accounts, rollup } = world
  const stranger = accounts.users[strangerIndex]
  if (stranger === undefined) throw new Error(`expected more than ${strangerIndex} users`)
  await sendOnL1(world, accounts.owner, {
    to: rollup.l1SystemConfigAddress,
    data: encodeFunctionData({
      ...{ abi: parseAbi([setSignerSignature]), functionName: 'setUnsafeBlockSigner' },
      args: [stranger.address],
    }),
  })
}
