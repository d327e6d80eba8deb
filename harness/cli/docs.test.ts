import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageRoot } from '../../node/adapters/files/package-root.ts'
import { casesPage } from './cases-page.ts'
import { commands } from './commands.ts'
import { nodePage } from './node-page.ts'
import { trackRecordPage } from './track-record-page.ts'

const pages = ['README.md', ...globSync('docs/*.md', { cwd: packageRoot }).sort()]
const read = (page: string) => readFileSync(join(packageRoot, page), 'utf8')
const blocksOf = (page: string, language: string) =>
  [...read(page).matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, code = '']) => code,
  )

/** The examples of public symbols, by the file and where they stand in it. */
const examples = globSync('harness/**/*.ts', { cwd: packageRoot, exclude: ['**/*.test.ts'] })
  .sort()
  .flatMap((file) =>
    [...read(file).matchAll(/^ \* @example\n(.*?)^ \*\//gms)].map(([, comment = ''], index) => {
      const lines = comment.split('\n').map((line) => line.replace(/^ \* ?/, ''))
      return { page: file, index, code: lines.filter((line) => !line.startsWith('```')).join('\n') }
    }),
  )

describe('the code of the pages', () => {
  let directory: string
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'lockstep-docs-'))
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  it('type-checks, wherever a block is a module', { timeout: 300_000 }, () => {
    const modules = pages.flatMap((page) =>
      // A block without imports is a fragment of one.
      blocksOf(page, 'ts').flatMap((code, index) => (/^import /m.test(code) ? [{ page, index, code }] : [])),
    )
    expect(modules.length).toBeGreaterThan(8)
    expect(examples.length).toBeGreaterThan(8)
    for (const { page, index, code } of [...modules, ...examples])
      writeFileSync(join(directory, `${page.replaceAll(/[/.]/g, '-')}-${index}.ts`), code)
    const base = join(packageRoot, 'tsconfig.json')
    const { paths } = (
      JSON.parse(readFileSync(base, 'utf8')) as { compilerOptions: { paths: Record<string, string[]> } }
    ).compilerOptions
    const config = {
      extends: base,
      compilerOptions: {
        noUnusedLocals: false,
        typeRoots: [join(packageRoot, 'node_modules/@types')],
        paths: Object.fromEntries(
          Object.entries(paths).map(([name, files]) => [name, files.map((file) => join(packageRoot, file))]),
        ),
      },
      include: ['*.ts', join(packageRoot, 'node/**/*.d.ts')],
    }
    writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config))
    writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
    const tsc = join(packageRoot, 'node_modules/typescript/bin/tsc')
    let output = ''
    try {
      execFileSync(process.execPath, [tsc, '-p', directory], { encoding: 'utf8', stdio: 'pipe' })
    } catch (error) {
      output = (error as { readonly stdout: string }).stdout
    }
    expect(output).toBe('')
  })

  it('shows by an example what people begin with', () => {
    const shown = examples.filter(({ code }) => /^import /m.test(code)).map(({ page }) => page)
    expect(shown).toEqual(examples.map(({ page }) => page))
    expect(shown).toEqual(
      expect.arrayContaining([
        ...['harness/scenario.ts', 'harness/config.ts', 'harness/world/topology.ts'],
        ...['harness/clients/define-client.ts', 'harness/faults/vocabulary.ts', 'harness/dsl/head-waits.ts'],
        ...['harness/dsl/l1-node.ts', 'harness/invariants/invariant.ts', 'harness/control/control-client.ts'],
      ]),
    )
  })

  it('calls commands that there are', () => {
    const known = commands.map(({ name }) => name)
    const called = pages.flatMap((page) =>
      blocksOf(page, 'sh').flatMap((code) =>
        [...code.matchAll(/\bnpx lockstep ([a-z]+)/g)].map(([, command = '']) => `${page}: ${command}`),
      ),
    )
    expect(called.length).toBeGreaterThan(20)
    expect(called.filter((call) => !known.includes(call.split(': ')[1] ?? ''))).toEqual([])
  })
})

describe('the pages', () => {
  it('link to what is there', () => {
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)(#[^)]*)?\)/g)].flatMap(([, target = '']) =>
        existsSync(join(packageRoot, dirname(page), target)) ? [] : [`${page}: ${target}`],
      ),
    )
    expect(broken).toEqual([])
  })

  it('have the flags of the node, and what is known of clients, as they are: write them with `npm run docs`', () => {
    expect(read('docs/running-the-node.md')).toBe(nodePage())
    expect(read('docs/track-record.md')).toBe(trackRecordPage())
    expect(read('docs/cases.md')).toBe(casesPage())
  })
})
