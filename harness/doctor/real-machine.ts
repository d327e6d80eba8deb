import { execFile } from 'node:child_process'
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { availableParallelism, freemem } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { anvilBinaryPath } from '../clients/anvil-binary.ts'
import { binaryVariable } from '../clients/program-source.ts'
import { connectDocker } from '../drivers/docker/engine.ts'
import type { Machine } from './machine.ts'
import { tryAnvilReorg } from './try-anvil-reorg.ts'

const answerMsMax = 10_000
const clockMs = 300

/** The machine that this process runs on. */
export function realMachine(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Machine {
  return {
    platform: process.platform,
    nodeVersion: process.versions.node,
    cores: availableParallelism(),
    memoryBytes,
    openFilesMax,
    freeBytes(path) {
      const { bavail, bsize } = statfsSync(presentAbove(path))
      return bavail * bsize
    },
    writeTo(path) {
      mkdirSync(path, { recursive: true })
      const probe = join(path, `.doctor-${process.pid}`)
      writeFileSync(probe, '')
      rmSync(probe)
    },
    listen,
    async clockDriftMs() {
      const [wall, even] = [Date.now(), performance.now()]
      await delay(clockMs)
      return Date.now() - wall - (performance.now() - even)
    },
    async load(library) {
      await import(library)
    },
    async anvilVersion() {
      const { stdout } = await promisify(execFile)(anvilBinaryPath(), ['--version'], { timeout: answerMsMax })
      return /(\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? stdout.trim()
    },
    anvilReorg: () => tryAnvilReorg(anvilBinaryPath(), answerMsMax),
    async docker() {
      const { Version } = await (await connectDocker(environment)).version()
      return Version
    },
    program({ kind, executable }) {
      const given = environment[binaryVariable(kind)]
      if (given !== undefined) return isExecutable(given) ? given : null
      const places = (environment['PATH'] ?? '').split(delimiter).map((folder) => join(folder, executable))
      return places.find(isExecutable) ?? null
    },
  }
}

/** What the system can give without swapping; `freemem` counts the page cache as taken. */
function memoryBytes(): number {
  try {
    const [, kibibytes] = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8')) ?? []
    if (kibibytes !== undefined) return Number(kibibytes) * 1024
  } catch {
    // Not on this system.
  }
  return freemem()
}

function openFilesMax(): number | null {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined ? null : Number(soft)
  } catch {
    return null
  }
}

function presentAbove(path: string): string {
  for (let directory = resolve(path); ; directory = dirname(directory))
    if (existsSync(directory) || dirname(directory) === directory) return directory
}

async function listen(ports: number): Promise<void> {
  const servers: Server[] = []
  try {
    for (let index = 0; index < ports; index++) {
      const server = createServer()
      servers.push(server)
      await new Promise<void>((done, failed) => {
        server.once('error', failed)
        server.listen(0, '127.0.0.1', done)
      })
    }
  } finally {
    await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
