/** What carries JSON-RPC messages to a server and its answers back: a port, so that client and dispatch do no I/O. */
export interface Transport {
  /** Where it leads. May hold credentials: shown to nobody without `redactUrl`. */
  readonly url: string
  /**
   * Sends one message and gives what came back, whatever it is, unless it is longer than `bytesMax`.
   * @throws Error whose message says why there is no answer, without the URL; the signal's reason when that aborted.
   */
  send(body: string, bytesMax: number, signal?: AbortSignal): Promise<TransportAnswer>
}

export interface TransportAnswer {
  /** As HTTP counts it; 200 where nothing else is said. */
  readonly status: number
  readonly text: string
  /** From `Retry-After` in seconds (RFC 9110, 10.2.3); absent without one, and when it is a date. */
  readonly retryAfterMs?: number
}
