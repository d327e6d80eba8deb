import type { Clock } from '../ports/clock.ts'

/** What one connection has of a budget. */
export interface Hold {
  /** How many bytes wait for its client now; what was being made is made. */
  set(bytes: number): void
  /** Its client takes something of it, and yet there is no less to keep. */
  reads(): void
  /** Awaited before more is made for it. At once while it has only its free bytes, or others leave room. */
  room(signal?: AbortSignal): Promise<void>
}

export interface HeldBytesOptions {
  readonly clock: Clock
  /** Of all together, beyond the first `freeBytes` of each. */
  readonly totalMax: number
  /** Each may have these whatever the others take. */
  readonly freeBytes: number
}

interface Holder {
  bytes: number
  /** When it last became more or less, or something of it was read. */
  movedMs: number
  /** Something more is being made for it: it is not its client that is waited for. */
  isMaking: boolean
}

/** So long a client may leave what it holds as it is while others wait for room. */
const stillMsMax = 2_000

/**
 * One budget for what several connections have waiting for their clients. While half of it is taken, only the one that has had
 * much for longest gets more, the others wait for room: a hundred long answers must not all be made at once, for nobody.
 * Who reads nothing of much for two seconds ends when others wait, and who has had much for longest at once when the budget
 * is used up: a client that reads is soon rid of it, and one that does not must not keep others from their answers.
 */
export class HeldBytes {
  readonly #options: HeldBytesOptions
  /** The one that has had more than its free bytes for longest is the first. */
  readonly #held = new Map<() => void, Holder>()
  readonly #waiting = new Set<{ readonly end: () => void; readonly resume: () => void }>()
  #total = 0
  /** Aborts when nobody waits any more; null while nobody watches. */
  #watch: AbortController | null = null

  constructor(options: HeldBytesOptions) {
    this.#options = options
  }

  /** @param end ends the connection; what it held counts no more then. */
  hold(end: () => void): Hold {
    return {
      set: (bytes) => this.#set(end, bytes),
      reads: () => this.#moves(end),
      room: (signal) => this.#room(end, signal),
    }
  }

  #set(end: () => void, bytes: number): void {
    const { totalMax, freeBytes, clock } = this.#options
    const counted = Math.max(0, bytes - freeBytes)
    const holder = this.#held.get(end)
    const before = holder?.bytes ?? 0
    if (counted === before) {
      if (holder !== undefined) holder.isMaking = false
      return
    }
    this.#total += counted - before
    if (counted === 0) this.#held.delete(end)
    else this.#held.set(end, { bytes: counted, movedMs: clock.nowMs(), isMaking: false })
    for (const longest of this.#held.keys()) {
      if (this.#total <= totalMax) break
      this.#end(longest)
    }
    this.#resume()
  }

  #moves(end: () => void): void {
    const holder = this.#held.get(end)
    if (holder !== undefined) holder.movedMs = this.#options.clock.nowMs()
  }

  async #room(end: () => void, signal?: AbortSignal): Promise<void> {
    const holder = this.#held.get(end)
    if (holder !== undefined) holder.isMaking = true
    if (this.#hasRoom(end)) return
    await new Promise<void>((resolve) => {
      const waiting = { end, resume: () => done() }
      const done = () => {
        this.#waiting.delete(waiting)
        if (this.#waiting.size === 0) this.#watch?.abort()
        signal?.removeEventListener('abort', done)
        resolve()
      }
      this.#waiting.add(waiting)
      signal?.addEventListener('abort', done, { once: true })
      void this.#endStill()
    })
  }

  #hasRoom(end: () => void): boolean {
    if (!this.#held.has(end) || this.#total <= this.#options.totalMax / 2) return true
    const [longest] = this.#held.keys()
    return longest === end
  }

  /** One at a time: what is made for it changes how much room there is. */
  #resume(): void {
    for (const { end, resume } of this.#waiting) {
      if (!this.#hasRoom(end)) continue
      resume()
      return
    }
  }

  #end(end: () => void): void {
    this.#total -= this.#held.get(end)?.bytes ?? 0
    this.#held.delete(end)
    end()
  }

  /** While somebody waits. */
  async #endStill(): Promise<void> {
    if (this.#watch !== null) return
    const { clock } = this.#options
    while (this.#waiting.size > 0) {
      const nowMs = clock.nowMs()
      let nextMs = nowMs + stillMsMax
      for (const [end, { movedMs, isMaking }] of [...this.#held]) {
        if (isMaking) continue
        if (nowMs - movedMs >= stillMsMax) this.#end(end)
        else nextMs = Math.min(nextMs, movedMs + stillMsMax)
      }
      this.#resume()
      if (this.#waiting.size === 0) break
      this.#watch = new AbortController()
      await clock.sleep(nextMs - nowMs, this.#watch.signal).catch(() => {})
      this.#watch = null
    }
  }
}
