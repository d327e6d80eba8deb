import type { Hex } from 'viem'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { JsonRpcError } from '../../node/json-rpc/errors.ts'
import { buildPayload, headOnly, testAttributes } from '../el/testing/test-el.ts'
import type { Attack } from './attack.ts'
import { loop, memoryBomb } from './call-attacks.ts'
import { type EngineTarget, engineAttack } from './engine-attack.ts'
import { senders } from './victims/attack-chain.ts'

const clock = createSystemClock()
const chainId = 901
const slots = 8
const slotMs = 1_000

function unlessJsonRpc(error: unknown): void {
  if (!(error instanceof JsonRpcError)) throw error
}

/** A transaction that runs the code for as long as its gas lasts, from a sender of its own. */
const creation = (index: number, code: Hex) =>
  senders[index]!.signTransaction({
    ...{ type: 'eip1559', chainId, nonce: 0, data: code, gas: 29_000_000n },
    ...{ maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 10n ** 11n },
  })

/** Makes a block in each slot, as a sequencer: how many took longer than their slot. */
async function sequence({
  engine,
  chain,
  genesis,
}: EngineTarget): Promise<{ missedSlots: number; slowestSlotMs: number }> {
  let [head, missedSlots, slowestSlotMs] = [genesis, 0, 0]
  for (let slot = 1; slot <= slots; slot++) {
    const attributes = testAttributes(chain, BigInt(slot))
    let busyMs = -performance.now()
    const { payloadId } = await engine.forkchoiceUpdated(headOnly(head), attributes)
    busyMs += performance.now()
    await clock.sleep(Math.max(0, slotMs / 2 - busyMs))
    busyMs -= performance.now()
    const built = await engine.getPayload(payloadId as Hex, attributes.timestamp)
    await engine.newPayload(built)
    head = built.payload.blockHash
    await engine.forkchoiceUpdated(headOnly(head))
    busyMs += performance.now()
    if (busyMs > slotMs) missedSlots++
    slowestSlotMs = Math.max(slowestSlotMs, Math.round(busyMs))
  }
  return { missedSlots, slowestSlotMs }
}

export const blockAttacks: readonly Attack[] = [
  engineAttack({
    name: 'pool: 20 loops and 4 memory bombs',
    bound: { missedSlots: 0 },
    async act(target) {
      const raws = await Promise.all(
        Array.from({ length: 24 }, (_, index) => creation(index, index < 20 ? loop : memoryBomb)),
      )
      for (const raw of raws) await target.rpc.request('eth_sendRawTransaction', [raw])
      return await sequence(target)
    },
  }),
  engineAttack({
    name: 'pool: 40 transactions of 500 authorizations',
    bound: { missedSlots: 0 },
    async act(target) {
      const [one] = senders
      const good = await one!.signAuthorization({ contractAddress: one!.address, chainId, nonce: 0 })
      const raws = await Promise.all(
        senders.slice(0, 40).map((sender) =>
          sender.signTransaction({
            ...{ type: 'eip7702', chainId, nonce: 0, to: sender.address, gas: 15_000_000n },
            ...{ maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 10n ** 11n },
            authorizationList: Array(500).fill(good),
          }),
        ),
      )
      await Promise.allSettled(raws.map((raw) => target.rpc.request('eth_sendRawTransaction', [raw])))
      return await sequence(target)
    },
  }),
  ...[1_000_000, 190_000].map((count) =>
    engineAttack({
      name: `newPayload: ${count} empty transactions`,
      async act(target) {
        const { engine, chain, genesis } = target
        const built = await buildPayload(target, genesis, testAttributes(chain, 1n, { noTxPool: true }))
        const payload = { ...built.payload, transactions: Array<Hex>(count).fill('0x') }
        // Refused as a message, or as a payload.
        await engine.newPayload({ ...built, payload }).catch(unlessJsonRpc)
      },
    }),
  ),
  engineAttack({
    name: 'newPayload: a block that loops for all its gas',
    async act(target) {
      const { engine, chain, genesis } = target
      const attributes = testAttributes(chain, 1n, { noTxPool: true })
      const transactions = [...attributes.transactions, await creation(0, loop)]
      const built = await buildPayload(target, genesis, { ...attributes, transactions })
      // Another one, which this engine did not build.
      await engine.newPayload({ ...built, payload: { ...built.payload, blockHash: genesis } })
    },
  }),
]
