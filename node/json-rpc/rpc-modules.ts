/** What `rpc_modules` answers: the namespaces of the methods, each with the version that geth gives all of them. */
export function rpcModules(methods: Iterable<string>): Record<string, string> {
  const namespaces = new Set(['rpc'])
  for (const method of methods) if (method.includes('_')) namespaces.add(method.slice(0, method.indexOf('_')))
  return Object.fromEntries([...namespaces].sort().map((namespace) => [namespace, '1.0']))
}
