import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { extract } from 'tar-stream'
import { afterAll, expect, it } from 'vitest'
import { type ArchiveEntry, archiveOf } from './archive.ts'

const directory = mkdtempSync(join(tmpdir(), 'lockstep-archive-'))
afterAll(() => rmSync(directory, { recursive: true }))

it('is the same for the same files, whenever they were written and in whatever order', async () => {
  const file = join(directory, 'a')
  writeFileSync(file, 'x'.repeat(100_000))
  const entries: readonly ArchiveEntry[] = [
    { path: `deep/${'d'.repeat(120)}/b`, mode: 0o755, content: { file } },
    { path: 'tmp/', mode: 0o1777, content: 'directory' },
    { path: 'a', mode: 0o644, content: { text: 'é' } },
  ]
  const first = await buffer(archiveOf(entries))
  utimesSync(file, 1, 1)
  expect((await buffer(archiveOf([...entries].reverse()))).equals(first)).toBe(true)

  const found: unknown[] = []
  const reader = extract()
  reader.on('entry', async ({ name, mode, size, uid }, stream, next) => {
    await buffer(stream)
    found.push([name, mode, size, uid])
    next()
  })
  reader.end(first)
  await new Promise((resolve) => reader.on('finish', resolve))
  expect(found).toEqual([
    ['a', 0o644, 2, 0],
    [`deep/${'d'.repeat(120)}/b`, 0o755, 100_000, 0],
    ['tmp/', 0o1777, 0, 0],
  ])
})

it('says which file cannot be read', async () => {
  await expect(
    buffer(archiveOf([{ path: 'a', mode: 0o644, content: { file: join(directory, 'none') } }])),
  ).rejects.toThrow('ENOENT')
})
