import { expect, it } from 'vitest'
import { drawCase } from './draw-case.ts'
import { simulate } from './run-seed.ts'

it('says of a world that does not start why, as of any other failure', async () => {
  const { topology, ...one } = drawCase('1001')
  const [name] = Object.keys(topology.cls)
  const cls = { ...topology.cls, [name!]: { ...topology.cls[name!]!, el: 'nowhere' } }
  const { violation, virtualMs } = await simulate({ ...one, topology: { ...topology, cls } })
  expect(violation).toEqual({ reason: 'crash', found: expect.stringContaining('nowhere') })
  expect(virtualMs).toBe(0)
})
