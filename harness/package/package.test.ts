import { execFileSync } from 'node:child_process'
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseAst } from 'rolldown/parseAst'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageRoot } from '../../node/adapters/files/package-root.ts'
import { apiReport, apiReportPath } from './api-report.ts'
import { publicEntries } from './entries.ts'

let directory: string
/** The package as npm would install it. */
let installed: string
/** A folder of somebody who installed it. */
let home: string
let files: readonly string[]

/** Without what this process says of bundles: the package is run as its user would. */
const environment = { ...process.env, LOCKSTEP_BUNDLE: 'off', NO_COLOR: '1' }
const node = (args: readonly string[], cwd: string) =>
  execFileSync(process.execPath, args, { cwd, encoding: 'utf8', env: environment, stdio: 'pipe' })
const lockstep = (...args: readonly string[]) =>
  node([join(installed, 'harness/cli/lockstep.mjs'), ...args], home)

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-packed-'))
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', directory], {
    cwd: packageRoot,
    encoding: 'utf8',
  })
  home = join(directory, 'home')
  installed = join(home, 'node_modules/lockstep')
  mkdirSync(installed, { recursive: true })
  // The libraries are those of the checkout: only what npm would unpack is new.
  const libraries = join(packageRoot, 'node_modules')
  for (const name of readdirSync(libraries).filter((entry) => !entry.startsWith('.')))
    symlinkSync(join(libraries, name), join(home, 'node_modules', name))
  const tarball = join(directory, packed.trim().split('\n').at(-1) ?? '')
  execFileSync('tar', ['xzf', tarball, '-C', installed, '--strip-components', '1'])
  files = globSync('**/{*,.*}', { cwd: installed, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1))
}, 300_000)
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const read = (file: string) => readFileSync(join(installed, file), 'utf8')
const importing = /^(Import(Declaration|Expression)|Export(Named|All)Declaration|TSImportType)$/
/** What a module imports, whatever stands in its comments. */
function importsOf(file: string): string[] {
  const sources: string[] = []
  JSON.stringify(parseAst(read(file), { lang: file.endsWith('.d.ts') ? 'dts' : 'js' }), (_, value) => {
    if (typeof value === 'bigint') return null
    if (importing.test(value?.type) && typeof value.source?.value === 'string')
      sources.push(value.source.value)
    return value
  })
  return sources
}

describe('the package that npm packs', () => {
  it('holds what runs, and no source, test or secret', () => {
    const odd = files.filter(
      (file) =>
        !/^(dist\/(types\/.*\.d\.ts|scenarios\/.*\.js|[\w.-]+\.js|viewer\.json|third-party-licences\.txt)|docs\/.*|fixtures\/contracts\/artifacts\.json|fixtures\/incidents\/[\w-]+\.json|harness\/cli\/lockstep\.mjs|package\.json|README\.md|LICENSE)$/.test(
          file,
        ),
    )
    expect(odd).toEqual([])
    expect(files).toContain('docs/examples/start/gitignore')
    const libraries = read('dist/third-party-licences.txt').split('\n')
    for (const name of ['viem', 'preact'])
      expect(libraries).toContainEqual(expect.stringMatching(`^${name} [\\d.]+ \\(MIT\\)$`))
    expect(files.filter((file) => /^dist\/scenarios\/.*\.test\.js$/.test(file)).length).toBeGreaterThan(40)
  })

  it('exports what the sources call public, with a module and types each', () => {
    const { exports, bin } = JSON.parse(read('package.json')) as {
      readonly exports: Readonly<
        Record<string, string | { readonly types: string; readonly default: string }>
      >
      readonly bin: Readonly<Record<string, string>>
    }
    expect(Object.keys(exports).filter((key) => key !== './package.json')).toEqual(
      Object.keys(publicEntries).map((subpath) => `.${subpath}`),
    )
    const targets = [
      ...Object.values(exports).flatMap((value) =>
        typeof value === 'string' ? value : Object.values(value),
      ),
      ...Object.values(bin),
    ]
    expect(targets.filter((target) => !existsSync(join(installed, target)))).toEqual([])
  })

  it('has the public surface that was meant: write a change of it with `npm run api`', () => {
    expect(apiReport(join(installed, 'dist/types'))).toBe(readFileSync(apiReportPath, 'utf8'))
  })

  it('imports nothing that it does not hold or depend on', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { readonly dependencies: object }
    const known = new Set([...Object.keys(dependencies), ...builtinModules, 'lockstep'])
    const missing = files
      .filter((file) => /^dist\/.*\.(js|d\.ts)$/.test(file))
      .flatMap((file) =>
        importsOf(file)
          .filter((specifier) => {
            if (specifier.startsWith('node:')) return false
            if (!specifier.startsWith('.'))
              return !known.has(
                specifier
                  .split('/')
                  .slice(0, specifier.startsWith('@') ? 2 : 1)
                  .join('/'),
              )
            const target = join(dirname(file), specifier)
            return !existsSync(
              join(installed, file.endsWith('.d.ts') ? target.replace(/\.js$/, '.d.ts') : target),
            )
          })
          .map((specifier) => `${file}: ${specifier}`),
      )
    // Loaded by what only a checkout does: it builds bundles, the viewer of reports, and images.
    expect(missing.filter((line) => !/: (vite|rolldown|dockerode)$/.test(line))).toEqual([])
  })

  it('holds every program that it starts beside the module that starts it', () => {
    const modules = files.filter((file) => /^dist\/[\w.-]+\.js$/.test(file)).map(read)
    // As `new URL(import.meta.url.endsWith('.ts') ? './x.ts' : './x.js', import.meta.url)`.
    const started = modules.flatMap((text) =>
      Array.from(
        text.matchAll(/import\.meta\.url\.endsWith\("\.ts"\) \? "[^"]+" : "(?:\.\/)?([^"]+)"/g),
        ([, file]) => `dist/${file}`,
      ),
    )
    expect(started).toHaveLength(3)
    expect(started.filter((file) => !files.includes(file))).toEqual([])
    expect(modules.flatMap((text) => text.match(/new URL\(["'`][^"'`]*\.ts["'`]/g) ?? [])).toEqual([])
  })

  it('searches for violations in processes of its own', () => {
    const found = lockstep('fuzz', '--seeds', '2', '--jobs', '1', '--virtual-seconds', '5', '--json')
    expect(JSON.parse(found)).toMatchObject({ runs: 2, failures: [] })
  })

  it('gives every public entry at run time', () => {
    writeFileSync(
      join(home, 'all.mjs'),
      `for (const subpath of ${JSON.stringify(Object.keys(publicEntries))}) await import('lockstep' + subpath)`,
    )
    node([join(home, 'all.mjs')], home)
  })

  it('starts a repository that type-checks, and finds its scenario and its own', () => {
    expect(lockstep('init')).toContain('Next: npm test')
    expect(JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))).toMatchObject({
      type: 'module',
      scripts: { test: 'lockstep accept' },
    })
    node([join(packageRoot, 'node_modules/typescript/bin/tsc'), '-p', home], home)
    expect(JSON.parse(lockstep('accept', '--list', '--json'))).toMatchObject([
      { name: 'Follower_Partitioned', file: 'scenarios/partitioned.test.ts' },
    ])
    expect(JSON.parse(lockstep('accept', '--builtin', '--list', '--json', 'follow-l2'))).toHaveLength(4)
  })
})
