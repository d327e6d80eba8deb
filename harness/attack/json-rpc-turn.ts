import { bodyOf, type Turn } from './turncoat.ts'

/** Answers JSON-RPC of one call or many; a method that is not there has the result null. */
export function jsonRpcTurn(
  methods: Readonly<Record<string, (params: readonly unknown[]) => unknown>>,
): Turn {
  const one = (call: { id: unknown; method: string; params?: readonly unknown[] }) => ({
    ...{ jsonrpc: '2.0', id: call.id },
    result: methods[call.method]?.(call.params ?? []) ?? null,
  })
  return (request, response) => {
    void bodyOf(request).then((body) => {
      const calls = JSON.parse(body.toString())
      const answers = JSON.stringify(Array.isArray(calls) ? calls.map(one) : one(calls))
      response.writeHead(200, { 'content-type': 'application/json' }).end(answers)
    })
  }
}
