/** What carries JSON-RPC messages to a server and its answers back: a port, so that client and dispatch do no I/O. */
export interface Transport {
  /** Where it leads. May hold credentials: shown to nobody without `redactUrl`. */
  readonly url: string
  /**
   * Sends one message and gives what came back, whatever it is, unless it is longer than `bytesMax`.
   * @throws Error whose message says why there is no answer, without the URL; the signal's reason when that aborted.
   */
  send(body: string, bytesMax: number, signal?: AbortSignal): Promise<TransportAnswer>
  /** Present where both ends are in one process and no text has to be between them: as `send`, of the message as it is. */
  readonly carry?: (
    message: unknown,
    bytesMax: number,
    signal?: AbortSignal,
  ) => Promise<TransportAnswer | CarriedAnswer>
}

/** An answer that was never text. Whoever gets it changes nothing in it. */
export interface CarriedAnswer {
  readonly status: number
  readonly json: unknown
}

export interface TransportAnswer {
  /** As HTTP counts it; 200 where nothing else is said. */
  readonly status: number
  readonly text: string
  /** From `Retry-After` in seconds (RFC 9110, 10.2.3); absent without one, and when it is a date. */
  readonly retryAfterMs?: number
}
