import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { PayloadEnvelope } from '../../../node/protocol/payload.ts'
import { parseGenesis } from '../execution/genesis.ts'
import { buildBlock, createTestChain, headOnly, startTestEl, testAttributes } from '../testing/test-el.ts'
import { openLmdb } from './lmdb-database.ts'
import { openChain } from './testing/open-chain.ts'

it('takes a sync’s blocks again after a disk took none of them, also much later', async () => {
  const test = await createTestChain()
  const builder = await startTestEl(test)
  const envelopes: PayloadEnvelope[] = []
  for (let number = 1; number <= 40; number++)
    envelopes.push(
      await buildBlock(
        builder,
        builder.chain.head.hash,
        testAttributes(test, BigInt(number), { noTxPool: true }),
      ),
    )
  await builder.close()

  const directory = mkdtempSync(join(tmpdir(), 'lockstep-waiting-'))
  let isFull = false
  const { chain, close } = await openChain(directory, parseGenesis(test.genesisJson), (path) => {
    const database = openLmdb(path)
    return {
      ...database,
      write(action) {
        database.write(() => {
          action()
          if (isFull) throw new Error('disk full')
        })
      },
    }
  })
  try {
    const hashOf = (number: number) => envelopes[number - 1]!.payload.blockHash
    /** As the sync does it: from the first block that is not here. */
    const sync = async () => {
      for (const envelope of envelopes) await chain.execute(envelope, 'soon')
    }
    isFull = true
    for (let tries = 0; tries < 5; tries++) await expect(sync()).rejects.toThrow('disk full')
    expect([1, 8].map((number) => chain.store.byHash(hashOf(number)))).toEqual([undefined, undefined])
    isFull = false
    await sync()
    const decision = chain.decide(headOnly(hashOf(40)))
    if (decision.kind !== 'apply') throw new Error(`expected to apply, found ${decision.kind}`)
    chain.apply(decision)
  } finally {
    await close()
  }
  const again = await openChain(directory, parseGenesis(test.genesisJson))
  expect(again.chain.head.hash).toBe(envelopes.at(-1)!.payload.blockHash)
  await again.close()
  rmSync(directory, { recursive: true })
})
