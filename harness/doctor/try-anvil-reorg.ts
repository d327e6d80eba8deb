import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { z } from 'zod'

const answer = z.object({
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
})
const block = z.object({ hash: z.string() })

/**
 * Starts an anvil on a port of its choice, mines a block, rolls it back and mines another as the L1 of a devstack does; it
 * is gone afterwards.
 * @throws when it does not start or answer in time, or when the second block is the first.
 */
export async function tryAnvilReorg(binary: string, answerMsMax: number): Promise<void> {
  const anvil = spawn(binary, ['--port', '0', '--no-mining', '--accounts', '0', '--color', 'never'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const signal = AbortSignal.timeout(answerMsMax)
  const gone = new Promise<void>((resolve) => anvil.once('close', () => resolve()))
  try {
    const url = await Promise.race([
      listeningAt(anvil.stdout),
      once(signal, 'abort').then(() => {
        throw new Error(`anvil does not say within ${answerMsMax} ms where it listens`)
      }),
      once(anvil, 'error').then(([error]) => {
        throw error as Error
      }),
    ])
    const call = (method: string, params: readonly unknown[]) => request(url, method, params, signal)
    const mine = async () => {
      await call('evm_mine', [])
      return block.parse(await call('eth_getBlockByNumber', ['latest', false])).hash
    }
    const first = await mine()
    await call('anvil_rollback', [1])
    await call('anvil_setCoinbase', [`0x${'11'.repeat(20)}`])
    const second = await mine()
    if (first === second) throw new Error(`expected another block after anvil_rollback, found ${first} again`)
  } finally {
    anvil.kill('SIGKILL')
    if (anvil.pid !== undefined) await gone
  }
}

async function listeningAt(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const [, address] = /Listening on (127\.0\.0\.1:\d+)/.exec(line) ?? []
    if (address !== undefined) return `http://${address}`
  }
  throw new Error('anvil ended before it listened')
}

async function request(url: string, method: string, params: readonly unknown[], signal: AbortSignal) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal,
  })
  const { result, error } = answer.parse(await response.json())
  if (error !== undefined) throw new Error(`anvil refuses ${method}: ${error.message}`)
  return result
}
