import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startRepository } from './start-repository.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-init-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const packageJson = () => JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))

it('writes everything into an empty folder, and nothing more the second time', () => {
  const first = startRepository(directory)
  expect(first).toMatchObject({ completed: [], kept: [], installs: true })
  expect(first.written).toEqual(expect.arrayContaining(['package.json', 'lockstep.config.ts']))
  expect(packageJson().scripts.test).toBe('lockstep accept')
  const second = startRepository(directory)
  expect(second).toMatchObject({ written: [], completed: [] })
  expect([...second.kept].sort()).toEqual([...first.written].sort())
})

it('adds to the package.json that npm has made, and takes nothing from it', () => {
  const made = { dependencies: { lockstep: 'file:lockstep.tgz' }, license: 'MIT' }
  writeFileSync(join(directory, 'package.json'), JSON.stringify(made))
  const { written, completed } = startRepository(directory)
  expect(completed).toEqual(['package.json'])
  expect(written).not.toContain('package.json')
  expect(packageJson()).toMatchObject({ ...made, scripts: { test: 'lockstep accept' } })
})

it('says what is wrong with a package.json that cannot be read, and writes nothing', () => {
  writeFileSync(join(directory, 'package.json'), '{')
  expect(() => startRepository(directory)).toThrow(
    `${join(directory, 'package.json')}: expected a package.json`,
  )
  expect(() => readFileSync(join(directory, 'lockstep.config.ts'))).toThrow('ENOENT')
})
