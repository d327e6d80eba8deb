import { Worker } from 'node:worker_threads'
import type { Kzg } from '../../ports/kzg.ts'
import type { KzgRequest, KzgResponse } from './kzg-worker.ts'

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

interface Waiting {
  readonly resolve: (answer: Uint8Array | null) => void
  readonly reject: (error: Error) => void
}

/**
 * The thread starts with the first blob: reading the trusted setup keeps a core busy for almost two seconds, which
 * neither the event loop nor a chain without blobs should pay for. A thread that died is replaced at the next blob.
 */
export function createKzg(): KzgThread {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | null = null
  let nextId = 1

  function start(): Worker {
    const started = new Worker(workerUrl, { execArgv: [] })
    const end = (why: string) => {
      if (worker !== started) return
      worker = null
      for (const { reject } of waiting.values()) reject(new Error(`the KZG thread ended: ${why}`))
      waiting.clear()
    }
    started.on('error', (error) => end(error instanceof Error ? error.message : String(error)))
    started.on('exit', (code) => end(`exit code ${code}`))
    started.on('message', ({ id, answer }: KzgResponse) => {
      waiting.get(id)?.resolve(answer)
      waiting.delete(id)
      // An idle thread does not keep the process alive.
      if (waiting.size === 0) started.unref()
    })
    return started
  }

  function ask(blob: Uint8Array, commitment: Uint8Array | null): Promise<Uint8Array | null> {
    worker ??= start()
    worker.ref()
    const id = nextId++
    const answer = new Promise<Uint8Array | null>((resolve, reject) => waiting.set(id, { resolve, reject }))
    worker.postMessage({ id, blob, commitment } satisfies KzgRequest)
    return answer
  }

  return {
    commitment: (blob) => ask(blob, null),
    proof: ask,
    async close() {
      await worker?.terminate()
    },
  }
}
