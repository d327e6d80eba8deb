/** Where an engine listens for its peers. */
export interface PeerAddress {
  readonly host: string
  readonly port: number
}

/**
 * Reads `lockstep://HOST:PORT`.
 * @throws RangeError saying what was expected and what was found.
 */
export function parsePeerUrl(url: string): PeerAddress {
  const match = /^lockstep:\/\/(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(url)
  const port = Number(match?.[2])
  if (match?.[1] === undefined || port < 1 || port > 65535)
    throw new RangeError(
      `expected a peer address such as lockstep://127.0.0.1:30303, found ${JSON.stringify(url)}`,
    )
  return { host: match[1].replace(/^\[|\]$/g, ''), port }
}

export function formatPeerUrl({ host, port }: PeerAddress): string {
  return `lockstep://${host.includes(':') ? `[${host}]` : host}:${port}`
}
