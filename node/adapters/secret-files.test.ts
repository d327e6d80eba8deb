import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfigError } from '../config/config-error.ts'
import { readConfigFile, readSecretFile } from './secret-files.ts'

const directory = mkdtempSync(join(tmpdir(), 'lockstep-secret-files-'))
afterAll(() => rmSync(directory, { recursive: true }))

describe('files that the operator names', () => {
  it('reads a secret', () => {
    const path = join(directory, 'jwt')
    writeFileSync(path, `0x${'0b'.repeat(32)}\n`)
    expect(readSecretFile(path, 'JWT secret')).toEqual(new Uint8Array(32).fill(0x0b))
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
