import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createEngineApi } from '../../../../node/adapters/engine/engine-api.ts'
import { createEngineAuthHeaders } from '../../../../node/adapters/engine/engine-jwt.ts'
import { createSystemClock } from '../../../../node/adapters/system/system-clock.ts'
import type { JsonRpcClient } from '../../../../node/json-rpc/client.ts'
import { createHttpRpcClient } from '../../../../node/json-rpc/http-client.ts'
import type { EngineApi } from '../../../../node/ports/engine-api.ts'
import { bytesToHex } from '../../../../node/protocol/bytes.ts'
import { type TestChain, testJwtSecret } from '../../testing/test-el.ts'

const program = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url))

/** A `lockstep el` process. */
export interface EngineProcess {
  readonly child: ChildProcess
  /** Clients of its ports. @throws Error with what it printed, when it ends before it serves. */
  serves(): Promise<{ readonly engine: EngineApi; readonly rpc: JsonRpcClient }>
  /** Sends the signal and waits for the end: the exit code, or `null` after a signal ended it. */
  stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>
}

/** Starts processes on one datadir: `directory/data`, beside the genesis and secret files. */
export function createEngineStarter(chain: TestChain, directory: string): () => EngineProcess {
  const file = (name: string, content: string): string => {
    const path = join(directory, name)
    writeFileSync(path, content)
    return path
  }
  const flags = {
    genesis: file('genesis.json', JSON.stringify(chain.genesisJson)),
    'authrpc.jwtsecret': file('jwt', bytesToHex(testJwtSecret)),
    datadir: join(directory, 'data'),
    'authrpc.port': '0',
    'http.port': '0',
    port: '0',
    'log.format': 'json',
  }
  const argv = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
  return () => {
    const child = spawn(process.execPath, [program, 'el', ...argv], { stdio: ['ignore', 'ignore', 'pipe'] })
    const ended = once(child, 'exit') as Promise<[number | null]>
    return {
      child,
      serves: () => untilServing(child, chain),
      async stop(signal) {
        child.kill(signal)
        return (await ended)[0]
      },
    }
  }
}

async function untilServing(child: ChildProcess, chain: TestChain) {
  const lines: string[] = []
  if (child.stderr === null) throw new Error('expected a pipe for stderr')
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line)
    const entry = line.startsWith('{') ? (JSON.parse(line) as { msg?: string; [key: string]: unknown }) : {}
    if (entry.msg !== 'engine runs') continue
    // Nobody reads on: what it prints later must not fill the pipe.
    child.stderr.resume()
    const client = (url: unknown, headers?: () => Record<string, string>) =>
      createHttpRpcClient({
        url: String(url),
        timeoutMs: 30_000,
        ...(headers === undefined ? {} : { headers }),
      })
    const auth = client(entry['authrpc'], createEngineAuthHeaders(testJwtSecret, createSystemClock()))
    const { forks } = chain.rollup
    return {
      engine: createEngineApi({ rpc: auth, forks, secretName: 'the test secret' }),
      rpc: client(entry['http']),
    }
  }
  throw new Error(`the engine ended before it served:\n${lines.join('\n')}`)
}
