import { expect, it } from 'vitest'
import { JsonRpcError } from '../../json-rpc/errors.ts'
import { createFakeRpc } from '../../json-rpc/testing/fake-rpc.ts'
import { readSyncProgress } from './sync-progress.ts'

const geth = { startingBlock: '0x0', currentBlock: '0x5', highestBlock: '0x9', healedTrienodes: '0x7' }

it.each([
  ['no sync', false, null],
  ['a sync of geth', geth, { currentBlock: 5n, highestBlock: 9n }],
  [
    'stages of reth alone',
    { stages: [{ name: 'Headers', block: '0x7' }] },
    { currentBlock: null, highestBlock: null },
  ],
])('reads %s', async (_, answer, expected) => {
  const found = await readSyncProgress(createFakeRpc({ eth_syncing: answer }))
  if (expected === null) expect(found).toBeNull()
  else expect(found).toMatchObject(expected)
})

it.each<[string, object, boolean]>([
  ['a block was executed', { ...geth, currentBlock: '0x6' }, true],
  ['state was healed', { ...geth, healedTrienodes: '0x8' }, true],
  ['a newer target came', { ...geth, highestBlock: '0xa' }, false],
  ['old transactions were indexed', { ...geth, txIndexFinishedBlocks: '0x3' }, false],
])('when %s', async (_, later, isWork) => {
  const mark = async (answer: object) =>
    (await readSyncProgress(createFakeRpc({ eth_syncing: answer })))?.mark
  expect((await mark(geth)) !== (await mark(later))).toBe(isWork)
})

it('takes an engine that does not know the question for one that says nothing', async () => {
  const unknown = new JsonRpcError(-32601, 'the method eth_syncing does not exist')
  expect(await readSyncProgress(createFakeRpc({ eth_syncing: unknown }))).toBeNull()
})

it('refuses what is no answer', async () => {
  await expect(readSyncProgress(createFakeRpc({ eth_syncing: 'yes' }))).rejects.toThrow('L2 eth_syncing')
})
