import { Worker } from 'node:worker_threads'
import type { Kzg } from '../../ports/kzg.ts'
import { blobLength } from '../../protocol/blob.ts'
import type { KzgRequest, KzgResponse, KzgWorkerData } from './kzg-worker.ts'

/** The Kzg port in a thread of its own. */
export interface KzgThread extends Kzg {
  /** Ends the thread; whoever still waits gets an error. */
  close(): Promise<void>
}

/** A bundle has it beside this module too, under the same name. */
const workerUrl = new URL(
  import.meta.url.endsWith('.ts') ? './kzg-worker.ts' : './kzg-worker.js',
  import.meta.url,
)

interface Waiting extends KzgRequest {
  readonly blob: Uint8Array
  readonly resolve: (answer: Uint8Array | null) => void
  readonly reject: (error: Error) => void
}

/**
 * The thread starts with the first blob: reading the trusted setup keeps a core busy for almost two seconds, which
 * neither the event loop nor a chain without blobs should pay for. A thread that died is replaced at the next blob.
 *
 * Blobs reach it in memory that both share. As parts of messages each would be a copy that is garbage at once, which a
 * thread with hardly anything else to collect holds until there are 32 MiB of it.
 */
export function createKzg(): KzgThread {
  /** The first is under way. */
  const waiting: Waiting[] = []
  const shared = new SharedArrayBuffer(blobLength)
  let worker: Worker | null = null

  function start(): Worker {
    const workerData: KzgWorkerData = { blob: shared }
    const started = new Worker(workerUrl, { execArgv: [], workerData })
    const end = (why: string) => {
      if (worker !== started) return
      worker = null
      for (const { reject } of waiting.splice(0)) reject(new Error(`the KZG thread ended: ${why}`))
    }
    started.on('error', (error) => end(error instanceof Error ? error.message : String(error)))
    started.on('exit', (code) => end(`exit code ${code}`))
    started.on('message', ({ answer }: KzgResponse) => {
      waiting.shift()?.resolve(answer)
      next()
    })
    return started
  }

  function next(): void {
    const [first] = waiting
    if (first === undefined) {
      // An idle thread does not keep the process alive.
      worker?.unref()
      return
    }
    worker ??= start()
    worker.ref()
    new Uint8Array(shared).set(first.blob)
    worker.postMessage({ commitment: first.commitment } satisfies KzgRequest)
  }

  async function ask(blob: Uint8Array, commitment: Uint8Array | null): Promise<Uint8Array | null> {
    if (blob.length !== blobLength) return null
    return await new Promise((resolve, reject) => {
      waiting.push({ blob, commitment, resolve, reject })
      if (waiting.length === 1) next()
    })
  }

  return {
    commitment: (blob) => ask(blob, null),
    proof: ask,
    async close() {
      await worker?.terminate()
    },
  }
}
