import { describe, expect, it } from 'vitest'
import { createFakeL1 } from '../ports/testing/fake-l1.ts'
import { withGivenBlocks } from './given-blocks.ts'
import { createFakeEngine } from './testing/fake-engine.ts'
import { childOf, createTestChain } from './testing/test-chain.ts'

function createWorld(blocks: number) {
  const l1 = createFakeL1()
  const chain = createTestChain(l1.at(0n))
  const el = createFakeEngine(chain)
  const made = [chain.genesis]
  for (let index = 0; index < blocks; index++) made.push(childOf(chain.config, made.at(-1)!, l1.at(0n)))
  return { el, blocks: made.slice(1), ...withGivenBlocks(el, el) }
}

const hashOf = (block: { readonly payload: { readonly blockHash: `0x${string}` } }) => block.payload.blockHash

describe('blocks that the engine was given', () => {
  it('are not read back from it', async () => {
    const { engine, l2, el, blocks } = createWorld(2)
    for (const block of blocks) await engine.newPayload(block)
    for (const block of blocks) expect(await l2.blockByHash(hashOf(block))).toEqual(block)
    expect(el.calls.get('blockByHash')).toBeUndefined()
  })

  it('are read when the engine refused them or only took note of them', async () => {
    const { engine, l2, el, blocks } = createWorld(3)
    el.invalidBlocks.add(hashOf(blocks[0]!))
    expect((await engine.newPayload(blocks[0]!)).status).toBe('INVALID')
    expect((await engine.newPayload(blocks[2]!)).status).toBe('SYNCING')
    for (const block of [blocks[0]!, blocks[2]!]) expect(await l2.blockByHash(hashOf(block))).toBeNull()
  })

  it('are forgotten, the oldest first', async () => {
    const { engine, l2, el, blocks } = createWorld(17)
    for (const block of blocks) await engine.newPayload(block)
    expect(await l2.blockByHash(hashOf(blocks[1]!))).toEqual(blocks[1])
    expect(el.calls.get('blockByHash')).toBeUndefined()
    expect(await l2.blockByHash(hashOf(blocks[0]!))).toEqual(blocks[0])
    expect(el.calls.get('blockByHash')).toBe(1)
  })
})
