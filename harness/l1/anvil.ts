import { readdirSync, readFileSync } from 'node:fs'
import { type CreateAnvilOptions, createAnvil } from '@viem/anvil'
import { anvilBinaryPath } from '../clients/anvil-binary.ts'
import { l1GasLimit } from '../genesis/l1-genesis.ts'

/** An anvil that mines nothing unless it is told to. */
export interface AnvilProcess {
  readonly url: string
  /** The operating system's process, for the orphan registry; null where `/proc` does not exist. */
  readonly pid: number | null
  /** Ends the process and waits until it is gone. */
  stop(): Promise<void>
}

export interface StartAnvilOptions {
  readonly chainId: number
  /** State file with block 0 (`--load-state`). */
  readonly statePath: string
  /** Seconds. */
  readonly genesisTimestamp: bigint
  readonly port: number
  readonly log: (line: string) => void
  /** Called when the process ends although nobody asked it to. */
  readonly onExit: (reason: string) => void
}

/**
 * Starts the anvil binary that `@foundry-rs/anvil` ships, through `@viem/anvil`.
 * `@viem/anvil` is no longer developed: it is used here and nowhere else.
 * @throws when the platform has no binary, or with anvil's own last words when it does not start.
 */
export async function startAnvil(options: StartAnvilOptions): Promise<AnvilProcess> {
  // `@viem/anvil` turns every option into a flag; its type only lacks the newer ones.
  const anvilOptions: CreateAnvilOptions & { order: string; color: string; loadState: string } = {
    anvilBinary: anvilBinaryPath(),
    port: options.port,
    host: '127.0.0.1',
    chainId: options.chainId,
    loadState: options.statePath,
    timestamp: options.genesisTimestamp,
    gasLimit: l1GasLimit,
    hardfork: 'prague' as 'Latest',
    accounts: 0,
    noMining: true,
    // First come, first served: the order of an L1 block does not depend on fees.
    order: 'fifo',
    color: 'never',
    startTimeout: 15_000,
  }
  const anvil = createAnvil(anvilOptions)
  let stopping = false
  let ended = false
  anvil.on('message', (text) => {
    for (const line of text.split('\n')) if (line.trim() !== '') options.log(line.trimEnd())
  })
  anvil.on('exit', (code, signal) => {
    ended = true
    if (!stopping) options.onExit(`anvil ended by itself with ${signal ?? `exit code ${code}`}`)
  })
  try {
    await anvil.start()
  } catch (error) {
    stopping = true
    throw new Error(`anvil did not start on port ${options.port}: ${lastWords(anvil.logs, error)}`, {
      cause: error,
    })
  }
  return {
    url: `http://127.0.0.1:${options.port}`,
    pid: findChild(`--port ${options.port}`),
    async stop() {
      stopping = true
      // Ctrl-C in a terminal reaches anvil too, and `@viem/anvil` would wait for an end that is long past.
      if (!ended) await anvil.stop()
    },
  }
}

function lastWords(logs: readonly string[], error: unknown): string {
  return logs.at(-1)?.trim() ?? (error instanceof Error ? error.message : String(error))
}

/** `@viem/anvil` does not tell the process id: look for it among our children. */
function findChild(argument: string): number | null {
  try {
    const children = readdirSync('/proc/self/task').flatMap((task) =>
      readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
    )
    const found = children.find((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(argument),
    )
    return found === undefined ? null : Number(found)
  } catch {
    return null
  }
}
