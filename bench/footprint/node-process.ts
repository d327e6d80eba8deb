import { spawn } from 'node:child_process'
import { type AddressInfo, createServer } from 'node:net'
import { launchOwn } from '../../harness/clients/own-program.ts'
import { createHttpRpcClient } from '../../node/json-rpc/http-client.ts'
import type { SyncStatus } from '../../node/protocol/sync-status.ts'
import { syncStatusFromJson } from '../../node/protocol/sync-status-json.ts'
import { type ProcessUsage, processUsage } from '../process-usage.ts'

/** `lockstep node` as a process of its own. */
export interface NodeProcess {
  /** Resolves with the first status that this is true of. */
  until(reached: (status: SyncStatus) => boolean): Promise<SyncStatus>
  /** What it has used so far. */
  usage(): ProcessUsage
  stop(): Promise<void>
}

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
    usage: () => processUsage(child.pid as number),
    async stop() {
      if (child.exitCode !== null) return
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await gone
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
