import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { createHttpRpcClient } from '../../node/json-rpc/http-client.ts'
import { recordEndpoints } from '../incidents/record/recorder.ts'
import { createLiveArea, type Terminal } from '../report/live-area.ts'
import { createAttachedView } from './attached-view.ts'

/** Where it is shown: standard output. */
export interface AttachOutput extends Terminal {
  readonly isTTY: boolean
}

export interface AttachOptions {
  readonly cls: readonly { readonly name: string; readonly url: string }[]
  readonly els: readonly { readonly name: string; readonly url: string }[]
  readonly l1Url: string | null
  /** Print every event as a line of JSON, and no table. */
  readonly json: boolean
  readonly output: AttachOutput
  /** Ends it. */
  readonly signal: AbortSignal
}

/** A call that takes longer counts as "away". */
const timeoutMs = 5_000
const refreshMs = 500
/** Where no terminal can be written over, a table that stays is printed less often. */
const printMs = 5_000
/** Only how often it is asked depends on them. */
const [l1BlockTime, l2BlockTime] = [12, 2]

/** Shows live what the endpoints of a network say that somebody else runs. Nothing is changed there, and nothing written. */
export async function attach(options: AttachOptions): Promise<void> {
  const { cls, els, l1Url, json, output, signal } = options
  const clock = createSystemClock()
  const view = createAttachedView(cls.map(({ name }) => name))
  const endpoint = ({ name, url }: { readonly name: string; readonly url: string }) => ({
    name,
    rpc: createHttpRpcClient({ url, timeoutMs }),
  })
  const show = json
    ? null
    : output.isTTY
      ? showLive(output)
      : (lines: readonly string[]) => void output.write(`${lines.join('\n')}\n\n`)
  const timer = setInterval(() => show?.(view.lines()), output.isTTY ? refreshMs : printMs)
  let seq = 0
  try {
    await recordEndpoints({
      ...{ runId: 'attached', clock, signal, follows: {}, l1BlockTime, l2BlockTime },
      ...{ cls: cls.map(endpoint), els: els.map(endpoint) },
      l1: l1Url === null ? null : endpoint({ name: 'l1', url: l1Url }),
      record(fact) {
        // Who was away when it ended still is: the recorder closes its gaps then.
        if (signal.aborted) return
        const event = { seq: seq++, t: clock.nowMs(), ...fact }
        view.add(event)
        if (json) output.write(`${JSON.stringify(event)}\n`)
      },
    })
  } finally {
    clearInterval(timer)
    // The last state stays on the screen: it is what a person asks about after the end.
    show?.(view.lines())
  }
}

function showLive(output: AttachOutput): (lines: readonly string[]) => void {
  const area = createLiveArea(output)
  return (lines) => area.show(lines)
}
