import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { identifyProcess } from '../process-identity.ts'
import { createDockerNetwork } from './network.ts'
import { type FakeEngine, startFakeEngine } from './testing/fake-engine.ts'

const run = { runId: 'run-1', runner: { machine: 'here', ...identifyProcess(process.pid)! } }

let engine: FakeEngine
beforeEach(async () => {
  engine = await startFakeEngine()
})
afterEach(() => engine.close())

describe('the network of a run', () => {
  it('is refused on an engine of another machine, where nobody could reach anything, and leaves nothing there', async () => {
    // TEST-NET-3 (RFC 5737): an address of no machine.
    engine.gateway = '203.0.113.1'
    await expect(createDockerNetwork(engine.docker, run)).rejects.toThrow(
      'the engine is not on this machine: 203.0.113.1, the gateway of its network, is no address of it. Containers could not reach the harness; run lockstep where the engine runs',
    )
    expect([...engine.networks]).toEqual([])
  })

  it('makes a port of the harness reachable at its gateway, once, until it is closed', async () => {
    const server = createServer((_, response) => response.end('here'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    // Another address of this machine, as a bridge has.
    engine.gateway = '127.0.0.2'
    const network = await createDockerNetwork(engine.docker, run)
    expect(network.harnessAddress).toBe('127.0.0.2')
    await Promise.all([network.reach(port), network.reach(port)])
    expect(await fetch(`http://127.0.0.2:${port}/`).then((answer) => answer.text())).toBe('here')
    await network.close()
    await expect(fetch(`http://127.0.0.2:${port}/`)).rejects.toThrow('fetch failed')
    expect([...engine.networks]).toEqual([])
    server.close()
  })
})
