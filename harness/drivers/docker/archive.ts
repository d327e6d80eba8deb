import { readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { pack } from 'tar-stream'

/** One file of an archive: its path in it, without a leading slash, and where its bytes are. */
export interface ArchiveEntry {
  readonly path: string
  readonly mode: number
  readonly content: { readonly file: string } | { readonly text: string } | 'directory'
}

/** Everything in an archive is of this moment and of root, so that the same files make the same archive. */
const mtime = new Date(0)

/** A tar stream of these entries, in the order of their paths. Only one file is in memory at a time. */
export function archiveOf(entries: readonly ArchiveEntry[]): Readable {
  const archive = pack()
  const write = (entry: ArchiveEntry): Promise<void> =>
    new Promise((resolve, reject) => {
      const header = { name: entry.path, mode: entry.mode, mtime, uid: 0, gid: 0 }
      const done = (error?: Error | null) => (error ? reject(error) : resolve())
      const { content } = entry
      if (content === 'directory') archive.entry({ ...header, type: 'directory' }, done)
      else archive.entry(header, 'file' in content ? readFileSync(content.file) : content.text, done)
    })
  void (async () => {
    try {
      const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
      for (const entry of sorted) {
        await write(entry)
        await drained(archive)
      }
      archive.finalize()
    } catch (error) {
      archive.destroy(error as Error)
    }
  })()
  return archive
}

/** A reader that is slower than the disk must not have everything put in front of it. */
async function drained(archive: Readable): Promise<void> {
  while (archive.readableLength > archive.readableHighWaterMark && !archive.destroyed)
    await new Promise((resolve) => setImmediate(resolve))
}
