/** Where each program of a Compose file listens; each has its own address, so that all of a kind have the same port. */
export const ports = {
  engine: 8551,
  http: 8545,
  beacon: 5052,
  peer: 30303,
  rpc: 9545,
  metrics: 7300,
  gossip: 9222,
  control: 9600,
  /** Of the first gateway; the others follow. */
  gateway: 10_000,
} as const

/** Services that are no node and no engine. */
export const names = { l1: 'l1', gateway: 'gateway', batcher: 'batcher' } as const

export const listenAddress = '0.0.0.0'

export function http(host: string, port: number): string {
  return `http://${host}:${port}`
}
