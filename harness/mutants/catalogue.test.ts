import { existsSync, globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { mutants } from './catalogue/mutants.ts'
import { isTestKiller, killerName, mutate } from './mutant.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (file: string) => readFileSync(`${root}${file}`, 'utf8')

describe('the catalogue of mutants', () => {
  it('has at least 25, each with a name of its own', () => {
    expect(mutants.length).toBeGreaterThanOrEqual(25)
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length)
  })

  it.each(mutants)('$name changes the code as it is now', (mutant) => {
    const text = read(mutant.file)
    expect(mutate(mutant, text)).not.toBe(text)
    if (mutant.at !== undefined) expect(text.split(mutant.at)).toHaveLength(2)
  })

  it.each(mutants)('$name has killers that exist, a test among them', ({ killers }) => {
    expect(killers.filter(isTestKiller)).not.toEqual([])
    const scenarios = globSync('scenarios/**/*.test.ts', { cwd: root }).map(read).join('\n')
    for (const killer of killers) {
      if (!isTestKiller(killer)) {
        expect(scenarios.includes(killer.scenario), killerName(killer)).toBe(true)
        continue
      }
      expect(existsSync(`${root}${killer.file}`), killer.file).toBe(true)
      const text = read(killer.file)
      for (const title of killer.test.split(' > ')) expect(text.includes(title), title).toBe(true)
    }
  })
})
