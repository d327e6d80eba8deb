import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { launchOwn } from '../../harness/clients/own-program.ts'
import { createHttpRpcClient } from '../../node/json-rpc/http-client.ts'
import type { SyncStatus } from '../../node/protocol/sync-status.ts'
import { syncStatusFromJson } from '../../node/protocol/sync-status-json.ts'

/** `lockstep node` as a process of its own. */
export interface NodeProcess {
  /** Resolves with the first status that this is true of. */
  until(reached: (status: SyncStatus) => boolean): Promise<SyncStatus>
  /** What it has used so far. */
  usage(): ProcessUsage
  stop(): Promise<void>
}

export interface ProcessUsage {
  /** User and system time of all its threads. */
  readonly cpuSeconds: number
  readonly residentMiB: number
  readonly peakResidentMiB: number
}

/** Linux counts processor time in hundredths of a second, on every machine of today. */
const ticksPerSecond = 100
const pollMs = 100
const limitMs = 300_000

/** @param args all flags but those of its RPC server. */
export async function startNodeProcess(args: readonly string[]): Promise<NodeProcess> {
  const port = await freePort()
  const launch = launchOwn('node', [...args, '--rpc.addr', '127.0.0.1', '--rpc.port', String(port)])
  const extra = process.env['LOCKSTEP_BENCH_NODE_ARGUMENTS']?.split(' ') ?? []
  const child = spawn(launch.command, [...extra, ...launch.args], {
    env: { ...process.env, ...launch.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const end = () => void child.kill('SIGKILL')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2_000)
  })
  const rpc = createHttpRpcClient({ url: `http://127.0.0.1:${port}`, timeoutMs: 5_000 })
  return {
    async until(reached) {
      const giveUpMs = performance.now() + limitMs
      for (;;) {
        if (child.exitCode !== null || performance.now() > giveUpMs)
          throw new Error(`expected the node to get there; it said:\n${said}`)
        const status = await rpc.request('optimism_syncStatus', []).then(syncStatusFromJson, () => null)
        if (status !== null && reached(status)) return status
        await new Promise((resolve) => setTimeout(resolve, pollMs))
      }
    },
    usage: () => usageOf(child),
    async stop() {
      if (child.exitCode !== null) return
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await gone
    },
  }
}

function usageOf({ pid }: ChildProcess): ProcessUsage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name in parentheses may hold spaces; utime and stime are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mebibytes = (name: string) =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024)
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    residentMiB: mebibytes('VmRSS'),
    peakResidentMiB: mebibytes('VmHWM'),
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
