import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseCase } from './case.ts'
import { inboxWrongs } from './inbox-wrongs.ts'
import { printScenario } from './print-scenario.ts'
import { depositBytes, formatOf, strangerTransfer } from './wrong-channel.ts'

const directory = new URL('../../fixtures/incidents/', import.meta.url)
const read = (file: string) => parseCase(readFileSync(new URL(file, directory), 'utf8'), file)

describe('a printed scenario', () => {
  it.each(readdirSync(directory).filter((file) => file.endsWith('.json')))(
    '%s: needs Lockstep alone',
    (file) => {
      const modules = [...printScenario(read(file)).matchAll(/ from '([^']+)'/g)].map(([, name]) => name)
      expect(modules).toContain('lockstep')
      expect(modules.filter((name) => !/^lockstep(\/|$)/.test(name ?? ''))).toEqual([])
    },
  )

  it('names another signer with the call of SystemConfig', () => {
    const text = printScenario(read('signer-rotation-blackout.json'))
    // cast sig 'setUnsafeBlockSigner(address)'
    expect(text).toMatch(
      /data: `0x18d13918\$\{accounts\.users\[5\]!\.address\.slice\(2\)\.padStart\(64, '0'\)\}`/,
    )
  })

  it('says where the batcher puts its batches', () => {
    const usual = read('signer-rotation-blackout.json')
    const { batcher } = usual.topology
    const inBlobs = { ...batcher!, dataAvailability: 'blobs' as const }
    const text = printScenario({ ...usual, topology: { ...usual.topology, batcher: inBlobs } })
    expect(text).toContain('dataAvailability: "blobs"')
    expect(printScenario(usual)).not.toContain('dataAvailability')
  })

  const quiet = { ...read('signer-rotation-blackout.json'), deeds: [] }
  it.each(inboxWrongs)('sends a channel with a wrong %s while the batcher rests', (wrong) => {
    const text = printScenario({
      ...quiet,
      deeds: [{ kind: 'inbox', atMs: 3_000, batchType: 'singular', wrong }],
    })
    expect(text).toMatch(/async \(\{ .*\binbox\b.* \}\)/)
    const { batchType, compression } = formatOf(wrong, 'singular')
    expect(text).toContain(`{ batchType: '${batchType}', compression: '${compression}' }`)
    expect(text).toContain('await batcher.stop()')
    expect(text).toContain('await batcher.start()')
    expect(text.includes('accounts.users[6]')).toBe(wrong === 'sender' || wrong === 'address')
    expect(text).toContain(wrong === 'deposit' ? depositBytes : strangerTransfer)
  })

  it('deposits with the call of the portal', () => {
    const text = printScenario({ ...quiet, deeds: [{ kind: 'l1-deposit', atMs: 3_000, user: 1 }] })
    // cast calldata 'depositTransaction(address,uint256,uint64,bool,bytes)' 0x90F79bf6EB2c4f870365E785982E1f101E93b906 1 100000 false 0x
    expect(text).toContain(
      "data: '0xe9e05c4200000000000000000000000090f79bf6eb2c4f870365e785982e1f101e93b906",
    )
    expect(text).toContain('accounts.users[1]!')
  })
})
