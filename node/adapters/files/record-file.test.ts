import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readRecordFile, writeRecordFile } from './record-file.ts'

const directory = mkdtempSync(join(tmpdir(), 'lockstep-record-file-'))
afterAll(() => rmSync(directory, { recursive: true }))

describe('kept node records', () => {
  it('are read as they were written, and none when there is no file', () => {
    const path = join(directory, 'table')
    expect(readRecordFile(path)).toEqual([])
    writeRecordFile(path, ['enr:a', 'enr:b'])
    expect(readRecordFile(path)).toEqual(['enr:a', 'enr:b'])
    writeRecordFile(path, ['enr:c'])
    expect(readRecordFile(path)).toEqual(['enr:c'])
    expect(readdirSync(directory)).toEqual(['table'])
  })

  it('are no directory and no huge file', () => {
    expect(() => readRecordFile(directory)).toThrow(
      /^node records \(--p2p.discovery.path\): cannot read .*: EISDIR$/,
    )
    const huge = join(directory, 'huge')
    writeFileSync(huge, '')
    truncateSync(huge, 5_000_000)
    expect(() => readRecordFile(huge)).toThrow(/expected at most 4194304 bytes in .*, found 5000000$/)
  })
})
