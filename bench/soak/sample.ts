import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** What a process holds at one moment. */
export interface ProcessSample {
  readonly residentMiB: number
  /** Of the resident memory that which is no file: heap, buffers, stacks. */
  readonly heapMiB: number
  readonly fds: number
}

/** Every process of a run by the component's name, and what the run has written, at one moment. */
export interface Sample {
  /** Since the run had booted. */
  readonly minutes: number
  readonly processes: Readonly<Record<string, ProcessSample>>
  /** Of the run's directory. */
  readonly files: number
  readonly diskMiB: number
  /** Recorded until now. */
  readonly events: number
}

const mebi = 2 ** 20

/** @throws when there is no such process any more, or no `/proc`. */
export function sampleProcess(pid: number): ProcessSample {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mebibytes = (name: string) => {
    const found = new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]
    // One that has ended, and whom nobody has asked how, has a status without memory.
    if (found === undefined) throw new Error(`process ${pid} holds nothing any more`)
    return Math.round(Number(found) / 1024)
  }
  return {
    residentMiB: mebibytes('VmRSS'),
    heapMiB: mebibytes('RssAnon'),
    fds: readdirSync(`/proc/${pid}/fd`).length,
  }
}

/** Files below a directory, and what they take on the disk. */
export function sampleDirectory(path: string): { readonly files: number; readonly diskMiB: number } {
  let [files, bytes] = [0, 0]
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    files++
    try {
      // Of a sparse file, such as a store's, only what is there.
      bytes += statSync(join(entry.parentPath, entry.name)).blocks * 512
    } catch {
      // Removed meanwhile.
    }
  }
  return { files, diskMiB: Math.round((bytes / mebi) * 10) / 10 }
}
