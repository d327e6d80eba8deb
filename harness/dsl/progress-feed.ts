import type { WorldEvent } from '../events/event.ts'

/** What a run that writes no file while it runs tells of itself, in portions. */
export interface ProgressTold {
  /** One of several under which the scenario runs. */
  readonly seed?: string
  readonly events: readonly WorldEvent[]
}

/** Sends what shows how far a run is. */
export interface ProgressFeed {
  add(event: WorldEvent): void
  /** Sends what is left. */
  end(): void
}

const periodMs = 250

/**
 * A simulated run tells thousands of events in a second. What passed since the last portion is left out: of heads the newest
 * counts, of a fault its first hit, and a wait that has ended nobody waits for any more.
 * @param nowMs real time.
 */
export function createProgressFeed(
  send: (events: readonly WorldEvent[]) => void,
  nowMs: () => number = () => performance.now(),
): ProgressFeed {
  let events: WorldEvent[] = []
  const heads = new Map<string, WorldEvent>()
  const marks = new Set<string>()
  let sentMs = nowMs()

  function take(event: WorldEvent): void {
    switch (event.kind) {
      case 'head':
        return void heads.set(`${event.node} ${event.level}`, event)
      case 'l1-block':
        return void heads.set('l1', event)
      case 'reach':
        if (!marks.has(event.mark)) events.push(event)
        return void marks.add(event.mark)
      case 'wait': {
        const begun = events.findIndex((other) => other.kind === 'wait' && other.id === event.id)
        if (begun === -1) return void events.push(event)
        return void events.splice(begun, 1)
      }
      case 'fault':
        if (event.action !== 'hit' || event.hits === 1) events.push(event)
        return
      case 'invariant':
        if (event.outcome !== 'checked') events.push(event)
        return
      case 'run':
      case 'booted':
      case 'step':
      case 'l1-reorg':
        return void events.push(event)
    }
  }

  function flush(): void {
    sentMs = nowMs()
    const portion = [...events, ...heads.values()]
    events = []
    heads.clear()
    if (portion.length > 0) send(portion)
  }

  return {
    add(event) {
      take(event)
      if (nowMs() - sentMs >= periodMs) flush()
    },
    end: flush,
  }
}
