/** The object without its undefined fields. `null` stays: in JSON-RPC it is an answer (`to` of a contract creation). */
export function definedFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
