/** One HTTP message on its way between a consumer and a provider. */
export interface LinkMessage {
  readonly link: string
  readonly phase: 'request' | 'response'
  /** Path and query of the request. */
  readonly path: string
  /** JSON-RPC methods of the request, in order; empty for anything that is not JSON-RPC. */
  readonly rpcMethods: readonly string[]
  /** The body of this message as JSON; undefined when it is not JSON. */
  readonly json: unknown
  /** Of the response. */
  readonly status?: number
}

/** What becomes of a message. */
export type Verdict =
  | { readonly kind: 'pass' }
  /** Passed on later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Lost: whoever waits for it waits until it gives up. */
  | { readonly kind: 'drop' }
  /** The consumer gets an HTTP error, or its connection is reset. */
  | { readonly kind: 'error'; readonly error: 'reset' | { readonly status: number; readonly text: string } }
  /** Another body goes on in its place. */
  | { readonly kind: 'replace'; readonly json: unknown }

/** A fault is a value: a rule that decides about every message of a link. It must not throw. */
export type Fault = (message: LinkMessage) => Verdict

/** For faults that concern one kind of message only. */
export const pass: Verdict = { kind: 'pass' }

/** A fault that stands on a link until it is removed. */
export interface InstalledFault {
  readonly name: string
  /** How many messages it did not pass. */
  readonly hits: number
  remove(): void
}

/** Applies `verdict` to requests of one JSON-RPC method. */
export function onRequest(method: string, verdict: Verdict): Fault {
  return ({ phase, rpcMethods }) => (phase === 'request' && rpcMethods.includes(method) ? verdict : pass)
}

/** Replaces the `result` of successful answers to one JSON-RPC method. */
export function replaceResult(method: string, change: (result: unknown) => unknown): Fault {
  return ({ phase, rpcMethods, json }) =>
    phase === 'response' && rpcMethods.length === 1 && rpcMethods[0] === method && hasResult(json)
      ? { kind: 'replace', json: { ...json, result: change(json.result) } }
      : pass
}

function hasResult(json: unknown): json is { readonly result: unknown } {
  return typeof json === 'object' && json !== null && 'result' in json
}
