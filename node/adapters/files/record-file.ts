import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { ConfigError } from '../../config/config-error.ts'

/** A routing table of discv5 holds at most 4352 records of at most some 410 characters. */
const bytesMax = 4 * 1024 * 1024

/**
 * Node records, one a line; none when there is no such file.
 * @throws ConfigError when it cannot be read or is too long to be one.
 */
export function readRecordFile(path: string): readonly string[] {
  try {
    const { size } = statSync(path)
    if (size > bytesMax)
      throw new ConfigError(
        `node records (--p2p.discovery.path): expected at most ${bytesMax} bytes in ${path}, found ${size}`,
      )
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT') return []
    if (error instanceof ConfigError) throw error
    throw new ConfigError(`node records (--p2p.discovery.path): cannot read ${path}: ${String(code)}`)
  }
}

/** Whole or not at all, so that a crash leaves the records of before. */
export function writeRecordFile(path: string, records: readonly string[]): void {
  const next = `${path}.next`
  writeFileSync(next, `${records.join('\n')}\n`)
  renameSync(next, path)
}
