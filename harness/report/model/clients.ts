import type { RunIndex } from './run-index.ts'

/** Which client each consensus node is, when they are not all the same; null otherwise, and when nothing said it. */
export function differentClients({ run, heads }: RunIndex): Readonly<Record<string, string>> | null {
  const clients = run?.clients
  if (clients === undefined) return null
  const kinds = new Set([...heads.keys()].map((node) => clients[node]))
  return kinds.size < 2 ? null : clients
}
