import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseCase } from './case.ts'
import { printScenario } from './print-scenario.ts'

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
})
