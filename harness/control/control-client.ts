import type { z } from 'zod'
import type { JsonRpcClient } from '../../node/json-rpc/client.ts'
import { createHttpRpcClient } from '../../node/json-rpc/http-client.ts'
import type { ControlMethods } from './control-methods.ts'

type Params<Name extends keyof ControlMethods> = z.input<ControlMethods[Name]['params']>
type Result<Name extends keyof ControlMethods> = Awaited<ReturnType<ControlMethods[Name]['run']>>
type Arguments<Name extends keyof ControlMethods> =
  Record<never, never> extends Params<Name> ? [params?: Params<Name>] : [params: Params<Name>]

/** Drives a devstack of `lockstep up` from another process. */
export interface ControlClient {
  /** @throws JsonRpcError when the devstack refuses or fails, JsonRpcTransportError when it does not answer. */
  call<Name extends keyof ControlMethods>(name: Name, ...params: Arguments<Name>): Promise<Result<Name>>
}

export interface ControlClientOptions {
  /** As `lockstep up` prints them. */
  readonly url: string
  readonly token: string
  /** Of one call, waits included. Default ten minutes and a bit: the longest wait. */
  readonly timeoutMs?: number
}

/**
 * A client of the control API that `lockstep up` serves (docs/control.md).
 *
 * @example
 * ```ts
 * import { createControlClient } from 'lockstep/control'
 *
 * const { LOCKSTEP_CONTROL_URL: url = '', LOCKSTEP_CONTROL_TOKEN: token = '' } = process.env
 * const control = createControlClient({ url, token })
 * await control.call('control_reorg', { depth: 3 })
 * ```
 */
export function createControlClient({
  url,
  token,
  timeoutMs = 610_000,
}: ControlClientOptions): ControlClient {
  const rpc: JsonRpcClient = createHttpRpcClient({
    ...{ url, timeoutMs },
    headers: () => ({ authorization: `Bearer ${token}` }),
  })
  return {
    // The server is this program's: what it answers has the type of what it computes.
    call: <Name extends keyof ControlMethods>(name: Name, ...[params]: Arguments<Name>) =>
      rpc.request(name, params === undefined ? [] : [params]) as Promise<Result<Name>>,
  }
}
