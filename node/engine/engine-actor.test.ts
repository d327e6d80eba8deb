import { describe, expect, it } from 'vitest'
import { startEngineRig } from './testing/engine-rig.ts'

describe('engine actor, start', () => {
  it('takes genesis for every head of an engine at genesis, and tells it nothing', async () => {
    const rig = await startEngineRig()
    const genesis = rig.ref(rig.chain.genesis)
    expect(genesis).toMatchObject({ number: 0n, l1Origin: rig.chain.config.genesis.l1 })
    expect(rig.actor.state).toMatchObject({
      initialized: true,
      unsafe: genesis,
      pendingSafe: genesis,
      localSafe: genesis,
      safe: genesis,
      finalized: genesis,
    })
    expect(rig.el.forkchoices).toEqual([])
    await rig.stop()
  })
})
