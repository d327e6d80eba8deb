import { ClientChoiceError } from './client-choice-error.ts'

/** Ports of 127.0.0.1 where nodes serve that somebody else starts, by role or name. */
export type Attached = ReadonlyMap<string, number>

const expected = 'role=http://127.0.0.1:PORT, separated by commas'

/**
 * Reads `follower=http://127.0.0.1:9545,…`. The gateways of a devstack listen on loopback alone, so a node elsewhere could
 * reach nothing.
 * @throws ClientChoiceError
 */
export function parseAttached(variable: string, text: string): Attached {
  const attached = new Map<string, number>()
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '') continue
    const refuse = (why: string) =>
      new ClientChoiceError(`${variable}: expected ${expected}, found ${JSON.stringify(part)}: ${why}`)
    const [name = '', address = ''] = part.split(/=(.*)/s, 2)
    if (name === '') throw refuse('it names no role')
    // `localhost:9545` can be parsed: by its own protocol.
    if (!URL.canParse(address) || !address.includes('://')) throw refuse('there is no URL in it')
    const { protocol, hostname, port, pathname, search } = new URL(address)
    if (protocol !== 'http:') throw refuse('only http is spoken')
    if (hostname !== '127.0.0.1' && hostname !== 'localhost') throw refuse('it is not on this machine')
    if (port === '') throw refuse('it has no port')
    if (pathname !== '/' || search !== '') throw refuse('a path is not asked for')
    if (attached.has(name)) throw refuse(`${name} is given two addresses`)
    if ([...attached.values()].includes(Number(port))) throw refuse('another node serves there')
    attached.set(name, Number(port))
  }
  return attached
}
