import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deriveMarks } from '../harness/events/derive-marks.ts'
import type { WorldEvent } from '../harness/events/event.ts'
import { writeEvents } from '../harness/events/file.ts'
import { readLogLine } from '../harness/events/log-line.ts'
import { openLogSource } from '../harness/events/log-source.ts'
import { recordTraffic } from '../harness/events/record-traffic.ts'
import { createEventStream } from '../harness/events/stream.ts'
import type { Traffic } from '../harness/events/traffic.ts'
import { watchInvariants } from '../harness/invariants/monitor.ts'
import { twoVerifiersFollowing } from '../harness/topologies.ts'
import { type System, startSystem } from '../harness/world/live/system.ts'
import { createSystemClock } from '../node/adapters/system/system-clock.ts'

const seconds = 60
const replays = 20
const peerCalls = 50

/**
 * What the event stream costs in the default devstack: what passed the links in a minute is kept, and recorded again many
 * times when nothing else runs, so that the machine's other work does not count. Percentages are of one core.
 */
export async function measureEvents(progress: (what: string) => void) {
  const system = await startSystem({ topology: twoVerifiersFollowing, name: 'bench-events' })
  const kept: Traffic[] = []
  const events: WorldEvent[] = []
  let peerMs = 0
  let cpuMs = 0
  let bytes = 0
  const logs = Object.keys({ ...system.topology.cls, ...system.topology.els }).map((name) =>
    system.directory.logPath(name),
  )
  try {
    progress(`a devstack for ${seconds} s`)
    const ends = [...system.links.values()].map((link) => link.tap((traffic) => kept.push(traffic)))
    const endEvents = system.events.subscribe((event) => events.push(event))
    const sizeBefore = statSync(system.directory.timelinePath).size
    const cpuBefore = process.cpuUsage()
    await system.clock.sleep(seconds * 1000, system.failed)
    cpuMs = milliseconds(process.cpuUsage(cpuBefore))
    for (const end of [...ends, endEvents]) end()
    bytes = statSync(system.directory.timelinePath).size - sizeBefore
    peerMs = await medianPeerCall(system)
  } finally {
    await system.stop()
  }
  progress(`${kept.length} exchanges and ${events.length} events, ${replays} times`)
  const trafficMs = await replay(system, kept)
  const logMs = readLogs(logs)
  const percent = (ms: number) => Math.round((ms / (seconds * 1000)) * 10_000) / 100
  const peerPolls = seconds * system.cls.size
  return {
    seconds,
    events: events.length,
    exchanges: kept.length,
    megabytesPerMinute: Math.round(((bytes / seconds) * 60) / 10_000) / 100,
    harnessCpuPercent: percent(cpuMs),
    /** Reading bodies, invariants, marks, and writing the file. */
    trafficCpuPercent: percent(trafficMs),
    logsCpuPercent: percent(logMs),
    /** Wall time of the polls, what the nodes do for them included. */
    peerPollsPercentAtMost: percent(peerMs * peerPolls),
  }
}

/** Records everything again, with all subscribers of a run, and returns the processor time of one time. */
async function replay(system: System, kept: readonly Traffic[]): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-bench-events-'))
  try {
    const before = process.cpuUsage()
    for (let n = 0; n < replays; n++) {
      const events = createEventStream(createSystemClock())
      const file = writeEvents(events, join(directory, `${n}.ndjson`))
      const endMarks = deriveMarks(events, system.rollup.genesis.l2)
      const failed = new AbortController()
      const watch = watchInvariants({
        ...system,
        ...{ events, failed: failed.signal, fail: (error: Error) => failed.abort(error) },
      })
      const record = recordTraffic(events, system.topology, undefined)
      const observers = new Map([...system.links.keys()].map((link) => [link, record(link)]))
      for (const traffic of kept) observers.get(traffic.link)?.(traffic)
      watch.end()
      endMarks()
      await file.close()
    }
    return milliseconds(process.cpuUsage(before)) / replays
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** Looks at every log as often as a run does, and reads its lines once. */
function readLogs(paths: readonly string[]): number {
  const before = process.cpuUsage()
  for (const path of paths) {
    const source = openLogSource(path)
    for (let look = 0; look < seconds * 4; look++) for (const line of source.read().lines) readLogLine(line)
    source.close()
  }
  return milliseconds(process.cpuUsage(before))
}

async function medianPeerCall({ cls }: System): Promise<number> {
  const [node] = cls.values()
  const times: number[] = []
  for (let n = 0; n < peerCalls; n++) {
    const startMs = performance.now()
    await node?.rpc.request('opp2p_peers', [true])
    times.push(performance.now() - startMs)
  }
  return times.toSorted((a, b) => a - b)[peerCalls >> 1] ?? 0
}

function milliseconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000
}
