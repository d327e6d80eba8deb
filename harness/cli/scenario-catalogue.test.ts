import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packageRoot } from '../../node/adapters/files/package-root.ts'
import { CatalogueError, collectScenarios, isScenario } from './scenario-catalogue.ts'
import { scenarioDocs } from './scenario-docs.ts'
import { suiteOf } from './suite.ts'

describe('the catalogue of the package', async () => {
  const catalogue = await collectScenarios()

  it('is what docs/scenarios.md says (npm run docs)', () => {
    const docs = readFileSync(join(packageRoot, 'docs/scenarios.md'), 'utf8')
    expect(docs).toBe(scenarioDocs(catalogue.filter(isScenario)))
  })

  it('is complete: every scenario says in one sentence what it claims, and has tags', () => {
    expect(catalogue).toContainEqual(
      expect.objectContaining({
        name: 'FollowL2_WithoutCLP2P',
        file: 'scenarios/follow-l2/without-cl-p2p.test.ts',
        tags: expect.arrayContaining(['gossip']),
        slots: { sequencer: 'sequencer', reference: 'reference', follower: 'follower' },
      }),
    )
    const silent = catalogue.filter(
      (entry) => isScenario(entry) && (entry.claim === null || entry.tags.length === 0),
    )
    expect(silent.map(({ name }) => name)).toEqual([])
  })
})

describe('collectScenarios', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(packageRoot, 'node_modules', '.catalogue-'))
    mkdirSync(join(root, 'scenarios'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  const file = (name: string, text: string) =>
    writeFileSync(
      join(root, 'scenarios', name),
      `import { scenario } from 'lockstep'\nimport { twoVerifiersFollowing as topology } from 'lockstep/topologies'\n${text}`,
    )

  it('finds what no regular expression would: double quotes, constants and loops', async () => {
    file('quotes.test.ts', `scenario("DoubleQuotes", { topology, claim: "It's found." }, async () => {})`)
    file('constant.test.ts', `const name = 'A' + 'Constant'\nscenario(name, { topology }, async () => {})`)
    file(
      'loop.test.ts',
      "for (const depth of [1, 3]) scenario('Depth_' + depth, { topology, tags: ['l1-reorg'] }, async () => {})",
    )
    const found = (await collectScenarios(await suiteOf(root))).map(({ name, claim, tags }) => ({
      name,
      claim,
      tags,
    }))
    expect(found).toEqual([
      { name: 'AConstant', claim: null, tags: [] },
      { name: 'Depth_1', claim: null, tags: ['l1-reorg'] },
      { name: 'Depth_3', claim: null, tags: ['l1-reorg'] },
      { name: 'DoubleQuotes', claim: "It's found.", tags: [] },
    ])
  })

  it('refuses files that declare none or do not load, and a name that stands twice', async () => {
    file('empty.test.ts', 'export const nothing = scenario')
    file('broken.test.ts', `throw new Error('the vectors are gone')`)
    file('twice.test.ts', `for (const _ of [1, 2]) scenario('Twice', { topology }, async () => {})`)
    const error: unknown = await collectScenarios(await suiteOf(root)).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(CatalogueError)
    expect(String(error)).toContain('scenarios/broken.test.ts does not load: the vectors are gone')
    expect(String(error)).toContain('scenarios/empty.test.ts declares no scenario')
    expect(String(error)).toContain('Twice is declared 2 times')
  })
})
