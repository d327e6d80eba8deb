import { z } from 'zod'
import type { RpcHandler } from '../../node/json-rpc/dispatch.ts'
import { JsonRpcError, rpcErrorCode } from '../../node/json-rpc/errors.ts'
import { method } from '../../node/json-rpc/method.ts'
import { FaultError } from '../faults/fault-error.ts'
import { componentMethods } from './component-methods.ts'
import type { ControlContext, ControlMethod } from './control-method.ts'
import { faultMethods } from './fault-methods.ts'
import { l1Methods } from './l1-methods.ts'
import { networkMethods } from './network-methods.ts'
import { readControlParams } from './read-params.ts'
import { stateMethods } from './state-methods.ts'

/** Everything that can be asked of a devstack, by name. */
export const controlMethods = {
  ...stateMethods,
  ...l1Methods,
  ...networkMethods,
  ...componentMethods,
  ...faultMethods,
}
export type ControlMethods = typeof controlMethods

/** The handlers of a JSON-RPC server that drives a devstack. */
export function controlHandlers(context: ControlContext): ReadonlyMap<string, RpcHandler> {
  return methodHandlers<ControlContext>(controlMethods, (gone) => ({
    ...context,
    signal: gone === undefined ? context.signal : AbortSignal.any([context.signal, gone]),
  }))
}

/**
 * The handlers of some methods, and `control_methods`, which describes them.
 * @param contextOf what a call acts on; `gone` aborts when its client has gone.
 */
export function methodHandlers<Context>(
  methods: Readonly<Record<string, ControlMethod<Context>>>,
  contextOf: (gone?: AbortSignal) => Context,
): ReadonlyMap<string, RpcHandler> {
  const handlers = Object.entries(methods).map(([name, { params, run }]) => {
    // What the schema gives is what `run` takes.
    const handler: RpcHandler = (given, { signal } = {}) =>
      refusing(() => run(contextOf(signal), readControlParams(params, given) as never))
    return [name, handler] as const
  })
  return new Map([...handlers, ['control_methods', method([], () => describeMethods(methods))]])
}

/** What the caller asked wrongly is −32602; what could not be done is the server's error, in its own words. */
async function refusing<T>(act: () => T | Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof RangeError || error instanceof FaultError)
      throw new JsonRpcError(rpcErrorCode.invalidParams, error.message)
    throw error
  }
}

/** Every method with its parameters as JSON Schema: what `control_methods` answers. */
export function describeMethods<Context>(methods: Readonly<Record<string, ControlMethod<Context>>>) {
  return Object.entries(methods).map(([name, { description, params }]) => {
    const { $schema: _, ...schema } = z.toJSONSchema(params, { io: 'input' })
    return { method: name, description, params: schema }
  })
}
