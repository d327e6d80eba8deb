import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfigError } from '../../config/config-error.ts'
import { readConfigFile, readOrMakeSecretFile, readSecretFile } from './secret-files.ts'

const directory = mkdtempSync(join(tmpdir(), 'lockstep-secret-files-'))
afterAll(() => rmSync(directory, { recursive: true }))

describe('files that the operator names', () => {
  it('reads a secret', () => {
    const path = join(directory, 'jwt')
    writeFileSync(path, `0x${'0b'.repeat(32)}\n`)
    expect(readSecretFile(path, 'JWT secret')).toEqual(new Uint8Array(32).fill(0x0b))
  })

  it('makes a missing secret once, for its owner alone', () => {
    const path = join(directory, 'identity')
    const made = readOrMakeSecretFile(path, 'peer identity')
    expect(made.isNew).toBe(true)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(path, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
    expect(readOrMakeSecretFile(path, 'peer identity')).toEqual({ secret: made.secret, isNew: false })
  })

  it('says why a secret can be neither read nor made', () => {
    const nowhere = join(directory, 'no', 'identity')
    expect(() => readOrMakeSecretFile(nowhere, 'peer identity')).toThrow(
      new ConfigError(`peer identity: cannot make ${nowhere}: there is no such directory`),
    )
    expect(() => readOrMakeSecretFile(directory, 'peer identity')).toThrow(/it is a directory$/)
    const bad = join(directory, 'bad')
    writeFileSync(bad, 'not a key')
    expect(() => readOrMakeSecretFile(bad, 'peer identity')).toThrow(/expected 32 bytes as 64 hex digits/)
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
    expect(() => readSecretFile(short, 'JWT secret')).toThrow(
      new ConfigError(`JWT secret: ${short}: expected 32 bytes as 64 hex digits, found 6 hex digits`),
    )
  })
})
