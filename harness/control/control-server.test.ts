import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonRpcServer } from '../../node/json-rpc/http-server.ts'
import { createFakeWorld, type FakeWorld } from '../dsl/testing/fake-world.ts'
import { type ControlClient, createControlClient } from './control-client.ts'
import type { ControlContext } from './control-method.ts'
import { controlHandlers, controlMethods, describeMethods } from './control-methods.ts'
import { startControlServer } from './control-server.ts'
import { createInstalledFaults } from './installed-faults.ts'

const token = 'a'.repeat(64)
let world: FakeWorld
let server: JsonRpcServer
let client: ControlClient

beforeEach(async () => {
  world = createFakeWorld()
  server = await startControlServer({
    ...{ token, port: 0 },
    methods: controlHandlers({ world, faults: createInstalledFaults(), signal: world.failed }),
  })
  client = createControlClient({ url: server.url, token, timeoutMs: 5_000 })
})
afterEach(async () => {
  await server.close()
  await world.stop()
})

const post = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(server.url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  })
const stateCall = { jsonrpc: '2.0', id: 1, method: 'control_state' }

describe('who may call', () => {
  it.each([
    ['no token', {}],
    ['another token', { authorization: `Bearer ${'b'.repeat(64)}` }],
    ['a beginning of the token', { authorization: `Bearer ${token.slice(0, 10)}` }],
  ])('refuses %s with 401', async (_, headers) => {
    const response = await post(stateCall, headers as Record<string, string>)
    expect(response.status).toBe(401)
    expect(await response.text()).toContain('Authorization: Bearer')
  })

  it('refuses a web page that has the token, and a form', async () => {
    const authorization = `Bearer ${token}`
    expect((await post(stateCall, { authorization, origin: 'https://evil.example' })).status).toBe(403)
    expect((await post(stateCall, { authorization, 'content-type': 'text/plain' })).status).toBe(415)
  })
})

describe('what can be called', () => {
  it('answers the state of every component', async () => {
    world.controls.follower.set({ unsafe: 7, localSafe: 4 })
    await world.cls.get('follower')?.status.observe()
    const state = await client.call('control_state')
    expect(state).toMatchObject({ topology: 'twoVerifiersFollowing', batcher: null, faults: [] })
    const follower = state.nodes.find(({ name }) => name === 'follower')
    expect(follower).toMatchObject({ mode: 'follow', source: 'reference', running: true, error: null })
    expect(follower?.status).toMatchObject({ unsafe_l2: { number: 7 }, local_safe_l2: { number: 4 } })
  })

  it('pauses, stops and starts a component, and answers how it stands', async () => {
    expect(await client.call('control_stop', { component: 'follower' })).toEqual({
      ...{ component: 'follower', running: false, starts: 1 },
    })
    expect(await client.call('control_start', { component: 'follower' })).toMatchObject({
      ...{ running: true, starts: 2 },
    })
    await expect(client.call('control_start', { component: 'follower' })).rejects.toThrow('runs already')
  })

  it('cuts the gossip of a node from all its peers, and heals it with one', async () => {
    const { gossip } = world.cls.get('follower')!
    expect(await client.call('control_partition', { node: 'follower' })).toEqual({
      cut: [
        ['follower', 'sequencer'],
        ['follower', 'reference'],
      ],
    })
    expect([...(await gossip.connected())]).toEqual([])
    await client.call('control_heal', { node: 'follower', from: 'reference' })
    expect([...(await gossip.connected())]).toEqual(['reference'])
  })

  it('puts a fault in, shows its hits, and removes it once', async () => {
    const { id } = await client.call('control_installFault', {
      ...{ point: 'follower→reference', fault: { fault: 'slow', ms: 800 } },
    })
    world.points.hit('follower→reference')
    const { faults } = await client.call('control_state')
    expect(faults).toMatchObject([{ id, point: 'follower→reference', hits: 1, shadowed: 0 }])
    await client.call('control_removeFault', { id })
    await expect(client.call('control_removeFault', { id })).rejects.toThrow(`no fault ${id} stands`)
  })

  it('waits for a head, and says what it found when the time is over', async () => {
    world.controls.follower.set({ unsafe: 3 })
    await world.cls.get('follower')?.status.observe()
    const reached = client.call('control_wait', { node: 'follower', level: 'unsafe', number: 3 })
    await expect(reached).resolves.toMatchObject({ number: 3 })
    const context = { world, faults: createInstalledFaults(), signal: world.failed }
    const wanted = { node: 'follower', level: 'unsafe', number: 9, seconds: 1 }
    const refused = expect(controlHandlers(context).get('control_wait')?.([wanted])).rejects.toThrow(
      'follower unsafe to reach block 9 within 1 s, found it at 3',
    )
    await world.clock.advance(1_000)
    await refused
  })

  it('waits no longer than its client', async () => {
    await world.cls.get('follower')?.status.observe()
    const context = { world, faults: createInstalledFaults(), signal: world.failed }
    const gone = new AbortController()
    const wanted = { node: 'follower', level: 'unsafe', number: 9, seconds: 600 }
    const { sleeping } = world.clock
    const waiting = controlHandlers(context).get('control_wait')?.([wanted], { signal: gone.signal })
    const ended = expect(waiting).rejects.toThrow('hung up')
    gone.abort(new Error('hung up'))
    await ended
    expect(world.clock.sleeping).toBe(sleeping)
  })
})

describe('bad input', () => {
  it.each([
    ['control_pause', { component: 'folower' }, 'did you mean follower?'],
    ['control_pause', undefined, 'expected an object with parameters: it takes component'],
    ['control_pause', { component: 'follower', hard: true }, 'unknown parameter "hard"; it takes component'],
    ['control_reorg', { deph: 3 }, 'unknown parameter "deph"; did you mean depth?'],
    ['control_state', { x: 1 }, 'unknown parameter "x"; it takes none'],
    ['control_reorg', { depth: 0 }, 'depth'],
    ['control_reorg', { depth: 65 }, 'depth: Too big'],
    ['control_batcher', { on: true }, 'no batcher'],
    ['control_wait', { node: 'follower', level: 'unsafe' }, 'either number or advance'],
    ['control_partition', { node: 'follower', from: 'nobody' }, 'does not gossip with nobody'],
    ['control_installFault', { point: 'follower→l1', fault: { fault: 'slo' } }, 'nearest one is slow'],
  ])('%s %j is −32602 that says why', async (method, params, why) => {
    const body = { jsonrpc: '2.0', id: 1, method, params: params === undefined ? [] : [params] }
    const response = await post(body, { authorization: `Bearer ${token}` })
    const { error } = (await response.json()) as { error: { code: number; message: string } }
    expect(error.message).toContain(why)
    expect(error.message).not.toContain('argument 0')
    expect(error.code).toBe(-32602)
  })

  it.each([
    ['control_nope', 'there is no method "control_nope"; control_methods has all'],
    [
      'control_reogr',
      'there is no method "control_reogr"; did you mean control_reorg? control_methods has all',
    ],
    ['reorg', 'did you mean control_reorg?'],
  ])('%s is −32601 that says where all are', async (method, why) => {
    const response = await post({ jsonrpc: '2.0', id: 1, method }, { authorization: `Bearer ${token}` })
    const { error } = (await response.json()) as { error: { code: number; message: string } }
    expect(error.message).toContain(why)
    expect(error.code).toBe(-32601)
  })

  it('keeps no more faults than it says', async () => {
    const fault = { point: 'follower→l1', fault: { fault: 'drop' } }
    for (let count = 0; count < 100; count++) await client.call('control_installFault', fault)
    await expect(client.call('control_installFault', fault)).rejects.toThrow('at most 100 faults')
  })
})

describe('the description', () => {
  it('has every method, with parameters as JSON Schema', () => {
    const described = describeMethods<ControlContext>(controlMethods)
    expect(described.map(({ method }) => method)).toEqual(Object.keys(controlMethods))
    expect(described.find(({ method }) => method === 'control_reorg')?.params).toMatchObject({
      ...{ type: 'object', required: ['depth'], additionalProperties: false },
    })
  })
})
