import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { licencesOf } from './licences.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lockstep-licences-'))
})
afterEach(() => rmSync(root, { recursive: true }))

/** Gives a file of the library. */
function library(path: string, about: object, licence?: readonly [file: string, text: string]): string {
  const directory = join(root, 'node_modules', path)
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'package.json'), JSON.stringify(about))
  if (licence !== undefined) writeFileSync(join(directory, licence[0]), licence[1])
  return join(directory, 'esm/index.js')
}

it('names every library once, with its text, which those with the same share', () => {
  const mit = 'MIT License\r\nof A\n'
  const modules = [
    library('@a/one', { name: '@a/one', version: '1.0.0', license: 'MIT' }, ['LICENSE', mit]),
    library('@a/two', { name: '@a/two', version: '2.0.0', license: 'MIT' }, ['licence.md', mit]),
    library('b', { name: 'b', version: '3.0.0', license: 'ISC' }),
    library('b/node_modules/c', { name: 'c', version: '4.0.0', license: 'Apache-2.0' }, ['COPYING', 'of C']),
  ]
  const text = licencesOf([...modules, join(dirname(modules[0]!), 'more.js'), join(root, 'harness/index.ts')])
  const sections = text.split(/\n-{80}\n\n/).slice(1)
  expect(sections).toEqual([
    '@a/one 1.0.0 (MIT)\n@a/two 2.0.0 (MIT)\n\nMIT License\nof A\n',
    'b 3.0.0 (ISC)\n\nLicence: ISC\n',
    'c 4.0.0 (Apache-2.0)\n\nof C\n',
  ])
})

it('refuses a library without a licence', () => {
  const file = library('b', { name: 'b', version: '3.0.0' })
  expect(() => licencesOf([file])).toThrow('b 3.0.0: expected a licence, found none')
})
