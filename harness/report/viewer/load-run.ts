import { createIndexReader, type IndexHead, type IndexPart } from '../model/packed-index.ts'
import { createRunIndex, type RunIndex } from '../model/run-index.ts'

/** A run as the page holds it. */
export interface EmbeddedRun {
  /** Of the script elements with its index and with its details (`model/packed-index.ts`). */
  readonly index: string
  readonly details: string
  /** Of the details, unpacked. */
  readonly detailBytes: number
  readonly name: string
  readonly runId: string
  /** What was left out to keep the file small. */
  readonly omitted: string | null
}

/** What the page says of itself. */
export interface EmbeddedReport {
  readonly runs: readonly EmbeddedRun[]
  /** Where to ask whether there is something new; null in a file. */
  readonly live: string | null
}

/** How long the page may be deaf to its reader, in milliseconds. */
const sliceMs = 12
/** So much is unpacked at once: some milliseconds' work. */
const pieceBytes = 32_768
/** So often, in milliseconds, the reader is told how far it is. */
const tellMs = 200

export function readReport(): EmbeddedReport {
  return JSON.parse(textOf('report')) as EmbeddedReport
}

/** Unpacks and indexes the events of a run, in slices, so that the page answers meanwhile. */
export async function loadRun(run: EmbeddedRun, onProgress: (events: number) => void): Promise<RunIndex> {
  const index = createRunIndex()
  let began = performance.now()
  let told = began
  const rest = async () => {
    if (performance.now() - began < sliceMs) return
    if (performance.now() - told > tellMs) {
      onProgress(index.events)
      told = performance.now()
    }
    await nextTask()
    began = performance.now()
  }
  const details = new Uint8Array(run.detailBytes)
  let add: ReturnType<typeof createIndexReader> | null = null
  const lines = unpack(run.index).pipeThrough(new TextDecoderStream()).getReader()
  let tail = ''
  for (let chunk = await lines.read(); !chunk.done; chunk = await lines.read()) {
    const whole = (tail + chunk.value).split('\n')
    tail = whole.pop() ?? ''
    if (add === null && whole.length > 0)
      add = createIndexReader(index, JSON.parse(whole.shift() ?? '') as IndexHead, details)
    for (const line of whole) {
      add?.(JSON.parse(line) as IndexPart)
      await rest()
    }
  }
  const bytes = unpack(run.details).getReader()
  let length = 0
  for (let chunk = await bytes.read(); !chunk.done; chunk = await bytes.read()) {
    details.set(chunk.value, length)
    length += chunk.value.length
    await rest()
  }
  return index
}

/** A piece at a time: a Blob's stream would ask another process for each, and a whole run at once would leave the page deaf. */
function unpack(element: string): ReadableStream<Uint8Array<ArrayBuffer>> {
  const packed = bytesOf(textOf(element))
  let at = 0
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      controller.enqueue(packed.subarray(at, at + pieceBytes))
      at += pieceBytes
      if (at >= packed.length) controller.close()
    },
  }).pipeThrough(new DecompressionStream('gzip'))
}

/** The browser's own function where it has one: ten times as quick. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const own: unknown = Reflect.get(Uint8Array, 'fromBase64')
  if (typeof own === 'function') return own.call(Uint8Array, base64) as Uint8Array<ArrayBuffer>
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
}

function textOf(id: string): string {
  return document.getElementById(id)?.textContent?.trim() ?? ''
}

/** Lets the browser draw and listen; timers would wait longer than that. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}
