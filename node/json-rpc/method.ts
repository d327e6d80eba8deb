import type { z } from 'zod'
import type { RpcCallContext, RpcHandler } from './dispatch.ts'
import { JsonRpcError, rpcErrorCode } from './errors.ts'

type Schemas = readonly z.ZodType[]
type Arguments<T extends Schemas> = { [K in keyof T]: z.output<T[K]> }

/**
 * A method with its parameters: one schema for each, none for a method that takes none. The handler refuses with
 * −32602 what is missing, surplus or not valid, so that `run` sees good arguments only; the call's context comes last.
 */
export function method<const T extends Schemas>(
  schemas: T,
  run: (...args: [...Arguments<T>, context: RpcCallContext]) => unknown,
): RpcHandler {
  return (params, context = {}) => run(...(readParams(params, ...schemas) as Arguments<T>), context)
}

/**
 * Reads positional parameters, in geth's words: a schema that takes `undefined` makes its parameter optional, and
 * `null` is then as good as nothing; surplus ones are refused.
 * @throws JsonRpcError −32602 naming the parameter, what was expected and what is wrong.
 */
export function readParams<const T extends Schemas>(params: readonly unknown[], ...schemas: T): Arguments<T> {
  if (params.length > schemas.length)
    throw invalidParams(`too many arguments, want at most ${schemas.length}, found ${params.length}`)
  return schemas.map((schema, index) => {
    const value = params[index] ?? undefined
    const result = schema.safeParse(value)
    if (result.success) return result.data
    if (value === undefined) throw invalidParams(`missing value for required argument ${index}`)
    throw invalidParams(`invalid argument ${index}: ${describe(result.error)}`)
  }) as Arguments<T>
}

export function invalidParams(message: string): JsonRpcError {
  return new JsonRpcError(rpcErrorCode.invalidParams, message)
}

/**
 * Runs `act`, for which one argument goes through more than its schema can tell.
 * @throws JsonRpcError −32602 for the RangeError with which `act` refuses it; any other error as it is.
 */
export async function refusingArgument<T>(index: number, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw invalidParams(`invalid argument ${index}: ${error.message}`)
  }
}

/** The first thing that is wrong, and where. Of a union, what is wrong with the form that fits best: the deepest. */
function describe(error: z.ZodError): string {
  const issue = error.issues[0]
  if (issue === undefined) return 'not valid'
  const inner =
    issue.code === 'invalid_union' ? issue.errors.flat().find((one) => one.path.length > 0) : undefined
  const path = [...issue.path, ...(inner?.path ?? [])].map(String).join('.')
  return `${path === '' ? '' : `${path}: `}${(inner ?? issue).message}`
}
