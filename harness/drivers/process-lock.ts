import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { identifyProcess, isRunning } from './process-identity.ts'

const pollMs = 100

/**
 * Runs `body` while no other process of this machine runs one under the same lock file. The file of a process that died
 * counts for nothing.
 * @throws whatever `body` throws.
 */
export async function withProcessLock<T>(path: string, body: () => Promise<T>): Promise<T> {
  const own = JSON.stringify(identifyProcess(process.pid))
  while (!take(path, own)) {
    if (isHeld(path)) await sleep(pollMs)
    else removeDead(path)
  }
  try {
    return await body()
  } finally {
    rmSync(path, { force: true })
  }
}

function take(path: string, own: string): boolean {
  try {
    writeFileSync(path, own, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Another process may have done it already, and hold the lock: its file goes back to where it was. */
function removeDead(path: string): void {
  const moved = `${path}.${process.pid}`
  try {
    renameSync(path, moved)
  } catch {
    return
  }
  try {
    if (isHeld(moved)) linkSync(moved, path)
  } finally {
    rmSync(moved, { force: true })
  }
}

/** A file that cannot be read is being written, or removed: whoever does that runs. */
function isHeld(path: string): boolean {
  try {
    const { pid, startTime } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
    return isRunning({ pid: Number(pid), startTime: String(startTime) })
  } catch {
    return true
  }
}
