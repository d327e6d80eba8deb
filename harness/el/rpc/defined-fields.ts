/** The object without its undefined fields. `null` stays: in JSON-RPC it is an answer (`to` of a contract creation). */
export function definedFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const defined: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) defined[name] = value
  return defined
}
