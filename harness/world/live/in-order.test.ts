import { expect, it } from 'vitest'
import { inOrder } from './in-order.ts'

it('does all that ends a run, whatever fails, and tells the first that did', async () => {
  const done: string[] = []
  const ending = inOrder([
    async () => void done.push('teardown'),
    () => {
      throw new Error('the disk is full')
    },
    async () => Promise.reject(new Error('the disk is still full')),
    () => void done.push('registry'),
  ])
  await expect(ending).rejects.toThrow('the disk is full')
  expect(done).toEqual(['teardown', 'registry'])
})
