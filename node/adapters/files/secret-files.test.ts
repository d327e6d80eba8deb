import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { ConfigError } from '../../config/config-error.ts'
import { readInputFile } from './input-file.ts'
import { readConfigFile, readOrMakeSecretFile, readSecretFile } from './secret-files.ts'

const directory = mkdtempSync(join(tmpdir(), 'lockstep-secret-files-'))
const silent = () => {}
afterAll(() => rmSync(directory, { recursive: true }))

describe('files that the operator names', () => {
  it('reads a secret', () => {
    const path = join(directory, 'jwt')
    writeFileSync(path, `0x${'0b'.repeat(32)}\n`)
    expect(readSecretFile(path, 'JWT secret', silent)).toEqual(new Uint8Array(32).fill(0x0b))
  })

  it.runIf(existsSync('/dev/zero'))('reads at most a kilobyte of a secret', () => {
    const expected = 'JWT secret: /dev/zero: expected 32 bytes as 64 hex digits, found more than 1024 bytes'
    expect(() => readSecretFile('/dev/zero', 'JWT secret', silent)).toThrow(new ConfigError(expected))
    expect(() => readOrMakeSecretFile('/dev/zero', 'peer identity', silent)).toThrow(/more than 1024 bytes/)
    expect(() => readInputFile('/dev/zero')).toThrow(/more than 268435456 bytes/)
  })

  it.each([
    [0o600, 0],
    [0o640, 0],
    [0o644, 1],
    [0o444, 1],
  ])('tells of a secret with mode %o', (mode, told) => {
    const path = join(directory, `mode-${mode}`)
    writeFileSync(path, '0b'.repeat(32))
    chmodSync(path, mode)
    const onExposed = vi.fn()
    readSecretFile(path, 'JWT secret', onExposed)
    readOrMakeSecretFile(path, 'peer identity', onExposed)
    expect(onExposed.mock.calls).toEqual(Array.from({ length: 2 * told }, () => [path]))
  })

  it('makes a missing secret once, for its owner alone', () => {
    const path = join(directory, 'identity')
    const made = readOrMakeSecretFile(path, 'peer identity', silent)
    expect(made.isNew).toBe(true)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(path, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
    expect(readOrMakeSecretFile(path, 'peer identity', silent)).toEqual({ secret: made.secret, isNew: false })
  })

  it('says why a secret can be neither read nor made', () => {
    const nowhere = join(directory, 'no', 'identity')
    expect(() => readOrMakeSecretFile(nowhere, 'peer identity', silent)).toThrow(
      new ConfigError(`peer identity: cannot make ${nowhere}: there is no such directory`),
    )
    expect(() => readOrMakeSecretFile(directory, 'peer identity', silent)).toThrow(/it is a directory$/)
    const bad = join(directory, 'bad')
    writeFileSync(bad, 'not a key')
    expect(() => readOrMakeSecretFile(bad, 'peer identity', silent)).toThrow(
      /expected 32 bytes as 64 hex digits/,
    )
    expect(readFileSync(bad, 'utf8')).toBe('not a key')
  })

  it('says in one sentence what is wrong with a file', () => {
    const missing = join(directory, 'missing')
    expect(() => readConfigFile(missing, 'rollup config')).toThrow(
      new ConfigError(`rollup config: cannot read ${missing}: there is no such file`),
    )
    expect(() => readConfigFile(directory, 'rollup config')).toThrow(/cannot read .*: it is a directory$/)
    const short = join(directory, 'short')
    writeFileSync(short, 'c0ffee')
    expect(() => readSecretFile(short, 'JWT secret', silent)).toThrow(
      new ConfigError(`JWT secret: ${short}: expected 32 bytes as 64 hex digits, found 6 hex digits`),
    )
  })
})
