import { expect, it } from 'vitest'
import { peerUrlsOf } from './peer-urls.ts'

const engine = (name: string, answer: () => unknown) => ({
  name,
  rpc: { request: async () => answer(), requestAll: async () => [] },
})

it('has what each engine says of itself, and nothing of one that does not', async () => {
  const urls = await peerUrlsOf([
    engine('a-el', () => ({ enode: 'lockstep://127.0.0.1:9', name: 'x' })),
    engine('b-el', () => {
      throw new Error('the method admin_nodeInfo does not exist')
    }),
    engine('c-el', () => ({ id: 7 })),
  ])
  expect([...urls]).toEqual([['a-el', 'lockstep://127.0.0.1:9']])
})
