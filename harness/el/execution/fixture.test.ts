import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { executeFixture, parseFixture } from './fixture.ts'

const folder = new URL('../../../../shared/vectors/executor/', import.meta.url)
const read = (name: string) =>
  JSON.parse(gunzipSync(readFileSync(new URL(name, folder))).toString('utf8')) as object

describe.skipIf(!existsSync(folder))('real OP Sepolia blocks (shared/vectors/executor)', () => {
  it.each(['block-26207960.json.gz', 'block-26207963.json.gz', 'block-26208858.json.gz'])(
    '%s gets its hash',
    async (name) => {
      const fixture = parseFixture(read(name))
      expect((await executeFixture(fixture)).hash).toBe(fixture.expectedHash)
    },
    60_000,
  )
})

describe('parseFixture', () => {
  it('names the field that is wrong', () => {
    expect(() => parseFixture({})).toThrow('the fixture is not valid: rollup_config')
  })
})
