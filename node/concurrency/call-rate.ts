/**
 * How fast somebody may be asked: a token bucket whose rate is given, learnt from refusals, or both. Pure: the time is
 * given, in milliseconds.
 */
export interface CallRate {
  /** As of now; Infinity while there is no limit. */
  perSecond(nowMs: number): number
  /** How long a call must wait; 0 when it may go. */
  waitMs(nowMs: number): number
  /** A call goes. */
  take(nowMs: number): void
  /** A call was answered, with whatever. */
  answered(nowMs: number): void
  /**
   * A call that went at `sentMs` was refused because there were too many. Everything waits for as long as the server
   * says, or a little longer, and goes on at a lower rate. Calls that went before the rate was last lowered say nothing new,
   * and while nothing is answered at all, what is refused says nothing of a rate.
   * @returns whether the rate was lowered.
   */
  refused(refusal: {
    readonly nowMs: number
    readonly sentMs: number
    readonly retryAfterMs: number | null
    /** 0 to 1: lengthens the pause by up to a quarter. Others who were refused with us must not come back in step. */
    readonly jitter?: number
  }): boolean
}

/** As a share of what was answered in the second before a refusal, so that the server is not at its limit any more. */
const loweredTo = 0.8
/** No load for anybody, whatever was refused. */
const perSecondMin = 1
/** The first refusal after few calls tells of no rate: it may be for somebody else's. */
const firstLearntMin = 5
/**
 * A learnt rate is tried higher again: 2 % each second until it is what it was when it was lowered, and 15 % from then on.
 * What was refused was not the rate then, or is not any more.
 */
const [growthPerSecond, laterGrowthPerSecond] = [1.02, 1.15]
const regainedSeconds = Math.log(1 / loweredTo) / Math.log(growthPerSecond)
/** A learnt rate above it limits nothing. */
const perSecondMax = 1_000
/** The pause after a refusal that says nothing of one; it doubles while nothing is answered. */
const firstPauseMs = 1_000
/** And ends here: one call in so many seconds is no load, and a node is late by as much when the server recovers. */
const ownPauseMsMax = 8_000
/** The longest pause, whatever the server wants: a node without its L1's head is of no use. */
const pauseMsMax = 30_000
/** The part of a second's calls that may go at once. */
const burstPart = 0.1

/** @param limit calls per second that are never exceeded; null: none but what refusals teach. */
export function createCallRate(limit: number | null): CallRate {
  const ceiling = limit ?? Number.POSITIVE_INFINITY
  let learnt = { perSecond: ceiling, atMs: 0 }
  /** When the bucket will be full again (the generic cell rate algorithm: one number, no rounding that adds up). */
  let fullMs = Number.NEGATIVE_INFINITY
  let pausedUntilMs = Number.NEGATIVE_INFINITY
  let lastNewsMs = Number.NEGATIVE_INFINITY
  let pauseMs = firstPauseMs
  let answeredSinceLowered = true
  /** Times of the last second's answers, ascending. */
  let answers: number[] = []

  const perSecond = (nowMs: number): number => {
    const seconds = (nowMs - learnt.atMs) / 1000
    const later = Math.max(0, seconds - regainedSeconds)
    const grown = learnt.perSecond * growthPerSecond ** (seconds - later) * laterGrowthPerSecond ** later
    return Math.min(ceiling, grown > perSecondMax ? Number.POSITIVE_INFINITY : grown)
  }
  const forget = (nowMs: number) => {
    answers = answers.filter((atMs) => atMs > nowMs - 1000)
  }

  return {
    perSecond,
    waitMs(nowMs) {
      const rate = perSecond(nowMs)
      const paused = pausedUntilMs - nowMs
      if (rate === Number.POSITIVE_INFINITY) return Math.max(0, paused)
      const burst = Math.max(1, Math.floor(rate * burstPart))
      return Math.max(0, paused, Math.ceil(fullMs - ((burst - 1) * 1000) / rate - nowMs))
    },
    take(nowMs) {
      fullMs = Math.max(fullMs, nowMs) + 1000 / perSecond(nowMs)
    },
    answered(nowMs) {
      pauseMs = firstPauseMs
      answeredSinceLowered = true
      answers.push(nowMs)
      if (answers.length > 2 * perSecondMax) forget(nowMs)
    },
    refused({ nowMs, sentMs, retryAfterMs, jitter = 0 }) {
      const isNews = sentMs >= lastNewsMs
      const wantedMs = retryAfterMs ?? (isNews ? pauseMs : 0)
      pausedUntilMs = Math.max(pausedUntilMs, nowMs + Math.min(wantedMs, pauseMsMax) * (1 + jitter / 4))
      if (!isNews) return false
      // The next refusal teaches again only when its call went after this pause.
      lastNewsMs = pausedUntilMs
      pauseMs = Math.min(pauseMs * 2, ownPauseMsMax)
      if (!answeredSinceLowered) return false
      answeredSinceLowered = false
      forget(nowMs)
      const rate = perSecond(nowMs)
      // Halved at most: few answers may also mean that few calls were made.
      const managed = Math.max(answers.length, rate === Number.POSITIVE_INFINITY ? firstLearntMin : rate / 2)
      const lowered = Math.max(Math.min(perSecondMin, ceiling), Math.min(rate, managed) * loweredTo)
      learnt = { perSecond: lowered, atMs: nowMs }
      return true
    },
  }
}
