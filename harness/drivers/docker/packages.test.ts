import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { neededPackages } from './packages.ts'

const lockfile = {
  packages: {
    '': { dependencies: { a: '1', vitest: '1' }, devDependencies: { '@s/c': '1', typescript: '1' } },
    'node_modules/a': { dependencies: { b: '2', '@s/c': '1' }, optionalDependencies: { gone: '1' } },
    'node_modules/a/node_modules/b': { dependencies: { d: '1' } },
    'node_modules/b': {},
    'node_modules/d': { dependencies: { b: '1', a: '1' } },
    'node_modules/@s/c': { dependencies: { d: '1' } },
    'node_modules/@s/c/node_modules/d': {},
    'node_modules/vitest': { dependencies: { huge: '1' } },
    'node_modules/huge': {},
    'node_modules/typescript': {},
  },
}

it('finds what Node.js would find, nested first, and nothing that only the harness uses', () => {
  expect(neededPackages(lockfile)).toEqual([
    'node_modules/@s/c',
    'node_modules/@s/c/node_modules/d',
    'node_modules/a',
    'node_modules/a/node_modules/b',
    'node_modules/b',
    'node_modules/d',
  ])
})

it('keeps the runner out of the image of this project, and what its programs need in it', () => {
  const needed = neededPackages(JSON.parse(readFileSync('package-lock.json', 'utf8')))
  expect(needed).toEqual(
    expect.arrayContaining([
      'node_modules/node',
      'node_modules/viem',
      'node_modules/libp2p',
      'node_modules/lmdb',
    ]),
  )
  expect(
    needed.filter((name) =>
      /vitest|typescript|dockerode|rolldown|biome|playwright|@types|ethereumjs\/vm/.test(name),
    ),
  ).toEqual([])
})
