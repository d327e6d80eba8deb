import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { gatewayConfigSchema } from '../gateway/gateway-config.ts'
import { twoVerifiersFollowing } from '../topologies.ts'
import { writeCompose } from './write-compose.ts'

const directory = mkdtempSync(join(tmpdir(), 'lockstep-compose-'))
afterAll(() => rmSync(directory, { recursive: true }))

const composeSchema = z.strictObject({
  services: z.record(
    z.string(),
    z.strictObject({
      image: z.string(),
      entrypoint: z.array(z.string()).optional(),
      command: z.array(z.string()),
      environment: z.record(z.string(), z.string()).optional(),
      volumes: z.array(z.string()),
      // The batcher serves nothing.
      ports: z.array(z.string().regex(/^127\.0\.0\.1::\d+$/)).optional(),
      depends_on: z.array(z.string()).optional(),
      restart: z.literal('on-failure'),
    }),
  ),
})

it('writes every component of the topology, which find each other and their files', async () => {
  const path = join(directory, 'stack.yaml')
  const folder = await writeCompose(path, twoVerifiersFollowing, {
    image: 'lockstep:x',
    nowMs: 1_700_000_000_000,
  })
  const text = readFileSync(path, 'utf8')
  // What is not in it is said in it, and how to start what is.
  expect(text).toContain('# docker compose -p lockstep-twoverifiersfollowing -f stack.yaml up\n')
  // Compose before version 2 knows services alone.
  const { services } = composeSchema.parse(parse(text))
  const { cls, els } = twoVerifiersFollowing
  expect(Object.keys(services)).toEqual([
    'l1',
    'gateway',
    ...Object.keys(els),
    ...Object.keys(cls),
    'batcher',
  ])
  for (const [name, { command, depends_on = [], volumes }] of Object.entries(services)) {
    // Nothing of this machine is left in it.
    expect(command.join(' '), name).not.toMatch(/127\.0\.0\.1|\/work\/|\/tmp\/lockstep/)
    for (const [host] of command.join(' ').matchAll(/(?<=http:\/\/|\/dns4\/|lockstep:\/\/)[\w-]+/g))
      expect(Object.keys(services), name).toContain(host)
    // Every arrow runs through the gateway.
    for (const [host] of command.join(' ').matchAll(/(?<=http:\/\/|\/dns4\/|lockstep:\/\/)[\w-]+/g))
      expect(host, name).toBe('gateway')
    for (const [, file = ''] of command.join(' ').matchAll(/\/chain\/(\S+)/g))
      expect(existsSync(join(folder, file)), file).toBe(true)
    for (const other of depends_on) expect(Object.keys(services)).toContain(other)
    expect(volumes).toEqual(['./stack.chain:/chain:ro'])
  }
  const config = gatewayConfigSchema.parse(JSON.parse(readFileSync(join(folder, 'gateways.json'), 'utf8')))
  const behind = (link: string) => {
    const found = config.links.find(({ name }) => name === link)
    return `http://gateway:${found?.listen}`
  }
  // Who is called by a name must answer to it.
  for (const { target } of config.links) {
    const { hostname } = new URL(target)
    if (hostname !== 'l1' || !target.includes(':5052'))
      expect(services[hostname]?.command.join(' '), target).toMatch(
        new RegExp(`vhosts (localhost,)?${hostname}( |$)`),
      )
  }
  const listening = [
    ...config.links.map(({ listen }) => listen),
    ...config.peers.flatMap(({ between }) => between.map(({ listen }) => listen)),
  ]
  expect(new Set(listening).size).toBe(listening.length)
  const flag = (service: string, name: string) => {
    const command = services[service]?.command ?? []
    return command[command.indexOf(name) + 1]
  }
  expect(services['gateway']?.command.join(' ')).toMatch(/vhosts gateway( |$)/)
  expect(flag('l1', '--consumers')).toBe('sequencer,reference,follower,batcher')
  expect(config.links.find(({ name }) => name === 'follower→reference')?.target).toBe('http://reference:9545')
  expect(flag('follower', '--l2.follow.source')).toBe(behind('follower→reference'))
  expect(services['sequencer']?.command).toContain('--sequencer.enabled')
  expect(flag('batcher', '--rollup-rpc')).toBe(behind('batcher→sequencer'))
  // There is nobody to start it.
  expect(services['sequencer']?.command).not.toContain('--sequencer.stopped')
  expect(flag('reference', '--l1.beacon')).toBe(behind('reference→beacon'))
  // Each end dials where the gateway leads to the other.
  const engines = config.peers.find(({ between }) =>
    between.every(({ name }) => /^(sequencer|follower)-el$/.test(name)),
  )
  const towards = engines?.between.find(({ name }) => name === 'sequencer-el')
  expect(towards).toMatchObject({ host: 'sequencer-el', port: 30303 })
  expect(flag('follower-el', '--bootnodes')).toContain(`lockstep://gateway:${towards?.listen}`)
  expect(readFileSync(join(folder, 'control.token'), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
  await expect(writeCompose(path, twoVerifiersFollowing, { image: 'x', nowMs: 0 })).rejects.toThrow('EEXIST')
})
