import type { WorldEvent } from '../../events/event.ts'
import { addEvent, createRunIndex, type RunIndex } from '../model/run-index.ts'

/** A run as the page holds it. */
export interface EmbeddedRun {
  /** Of the script element with its events. */
  readonly element: string
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
/** So many lines are read between two looks at the clock. */
const linesPerLook = 100
/** So often, in milliseconds, the reader is told how far it is. */
const tellMs = 200

export function readReport(): EmbeddedReport {
  return JSON.parse(textOf('report')) as EmbeddedReport
}

/** Unpacks and indexes the events of a run, in slices, so that the page answers meanwhile. */
export async function loadRun(
  { element }: EmbeddedRun,
  onProgress: (events: number) => void,
): Promise<RunIndex> {
  const index = createRunIndex()
  const base64 = textOf(element)
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
  const stream = new Blob(await bytesOf(base64, rest)).stream().pipeThrough(new DecompressionStream('gzip'))
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader()
  let tail = ''
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    const lines = (tail + chunk.value).split('\n')
    tail = lines.pop() ?? ''
    for (let at = 0; at < lines.length; at += linesPerLook) {
      // They were checked against the schema before they were embedded. One call of the parser for many lines is quicker.
      const events = JSON.parse(`[${lines.slice(at, at + linesPerLook).join(',')}]`) as readonly WorldEvent[]
      for (const event of events) addEvent(index, event)
      await rest()
    }
  }
  return index
}

async function bytesOf(base64: string, rest: () => Promise<void>): Promise<Uint8Array<ArrayBuffer>[]> {
  const parts: Uint8Array<ArrayBuffer>[] = []
  const size = 4 * 65_536
  for (let at = 0; at < base64.length; at += size) {
    const text = atob(base64.slice(at, at + size))
    const bytes = new Uint8Array(text.length)
    for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index)
    parts.push(bytes)
    await rest()
  }
  return parts
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
