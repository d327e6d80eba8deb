import { beforeEach, expect, it, vi } from 'vitest'
import { JsonRpcError, JsonRpcTransportError, rpcErrorCode } from '../../node/json-rpc/errors.ts'
import { createFakeWorld, type FakeWorld, l1, l2 } from '../invariants/testing/fake-world.ts'
import { watchRecord } from './watch-record.ts'

let world: FakeWorld
let end: () => void
const found = () => (world.watched.failed.aborted ? String(world.watched.failed.reason) : null)

/** A new head of L1. */
function mine(number: number, fork = 'a'): void {
  const { hash } = l1(number, fork)
  world.l1View.add({ number: BigInt(number), hash }, world.clock.nowMs())
  world.events.record({
    kind: 'l1-block',
    block: { number, hash },
    timestamp: world.clock.nowMs() / 1_000,
    fork: 0,
  })
}

async function observed(node = 'reference'): Promise<string | null> {
  world.publish(node, {})
  await world.clock.settle()
  return found()
}

beforeEach(() => {
  world = createFakeWorld()
  world.keepRecord('reference')
  end = watchRecord(world.watched)
  for (let number = 1; number <= 9; number++) mine(number)
  world.records.set('reference', { l1Block: l1(9), safeHead: l2(5) })
})

it('a record may say what L1 has', async () => {
  await world.clock.advance(60_000)
  expect(await observed()).toBeNull()
})

it.each([
  ['has another block there', [8, 9, 10]],
  ['has become shorter', [8]],
])('it may not say what L1 replaced, but for a while: L1 %s', async (_, blocks) => {
  for (const number of blocks) mine(number, 'b')
  expect(await observed()).toBeNull()
  await world.clock.advance(60_000)
  expect(await observed()).toContain('record-on-l1: reference: it has on record that 5:')
})

it('nobody is asked who keeps none, or after the end', async () => {
  mine(8, 'b')
  await world.clock.advance(60_000)
  world.records.set('follower', { l1Block: l1(9), safeHead: l2(5) })
  expect(await observed('follower')).toBeNull()
  end()
  expect(await observed()).toBeNull()
})

it.each([
  ['a fault stands on its link to L1', 'reference→l1', null],
  ['one stands on that of another', 'follower→l1', 'record-on-l1'],
])('%s', async (_, point, expected) => {
  mine(8, 'b')
  world.events.record({ kind: 'fault', id: 1, point, fault: 'hang', action: 'install' })
  await world.clock.advance(60_000)
  const violation = await observed()
  if (expected === null) expect(violation).toBeNull()
  else expect(violation).toContain(expected)
})

it.each([
  ['cannot be asked', () => Promise.reject(new JsonRpcTransportError('connect ECONNREFUSED')), null],
  ['has no record', () => Promise.reject(new JsonRpcError(rpcErrorCode.server, 'safedb disabled')), null],
  [
    'answers what nobody can read',
    () => Promise.resolve({ l1Block: null }),
    'record-on-l1: reference: its record at L1 block 9 cannot be read',
  ],
])('a node that %s', async (_, answer, expected) => {
  vi.spyOn(world.watched.cls.get('reference')!.rpc, 'request').mockImplementation(answer)
  const violation = await observed()
  if (expected === null) expect(violation).toBeNull()
  else expect(violation).toContain(expected)
})
