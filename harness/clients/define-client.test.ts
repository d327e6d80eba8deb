import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { twoVerifiersFollowing } from '../topologies.ts'
import { type ClClientDefinition, clientsOfModule, defineClient } from './define-client.ts'
import { clientsFromEnvironment } from './load-clients.ts'
import { createClientRegistry } from './registry.ts'
import { clSettings } from './testing/settings.ts'

const directory = mkdtempSync(join(tmpdir(), 'lockstep-clients-'))
afterAll(() => rmSync(directory, { recursive: true }))

const minimal: ClClientDefinition = {
  slot: 'cl',
  kind: 'my-node',
  launch: (settings, [executable = '']) => ({ command: executable, args: [settings.engineUrl], env: {} }),
}

describe('defineClient', () => {
  it('assumes of a client what it does not say: nothing', () => {
    const client = defineClient(minimal)
    expect(client.capabilities.size).toBe(0)
    expect(client.startsAfter).toEqual(['engine'])
    expect(client.peering).toBe('connect')
    expect(createClientRegistry([client]).cl('my-node')).toBe(client)
  })

  it.each<{ name: string; change: object; error: string }>([
    {
      name: 'a kind with capitals',
      change: { kind: 'MyNode' },
      error: 'client MyNode:\n  kind: expected lower-case',
    },
    { name: 'no launch', change: { launch: 'run it' }, error: '  launch: expected a function' },
    { name: 'an unknown capability', change: { capabilities: new Set(['magic']) }, error: '  capabilities' },
    { name: 'a field that nobody reads', change: { capabilites: new Set() }, error: 'capabilites' },
    { name: 'a poll of no time', change: { polls: { l1HeadMs: 0 } }, error: '  polls.l1HeadMs' },
    {
      name: 'a deviation without a link',
      change: { deviations: [{ what: 'x', link: '', scenarios: [] }] },
      error: '  deviations.0.link',
    },
  ])('refuses $name', ({ change, error }) => {
    expect(() => defineClient({ ...minimal, ...change } as ClClientDefinition)).toThrow(error)
  })

  it('does not let a client take the place of another', () => {
    expect(() => createClientRegistry([defineClient({ ...minimal, kind: 'op-node' })])).toThrow(
      'there is a consensus node op-node already; give yours another kind',
    )
  })
})

describe('a file of the user’s own', () => {
  const moduleOf = (name: string, text: string): string => {
    const path = join(directory, name)
    const from = resolve(import.meta.dirname, 'define-client.ts')
    writeFileSync(path, `import { defineClient } from ${JSON.stringify(from)}\n${text}`)
    return path
  }

  it('is loaded, chosen and started with the program that was given', async () => {
    const path = moduleOf(
      'mine.ts',
      `export const mine = defineClient({ slot: 'cl', kind: 'my-node',
        launch: (settings, [command, ...first]) => ({ command, args: [...first, settings.engineUrl], env: {} }) })`,
    )
    const clients = await clientsFromEnvironment({
      LOCKSTEP_CLIENTS: path,
      LOCKSTEP_L2CL_KIND: 'follower=my-node',
      LOCKSTEP_MY_NODE_BIN: `${process.execPath} --verbose`,
    })
    expect(clients.choose(twoVerifiersFollowing).cls.follower.kind).toBe('my-node')
    expect(clients.cl('my-node').launch(clSettings)).toEqual({
      command: process.execPath,
      args: ['--verbose', clSettings.engineUrl],
      env: {},
    })
  })

  it('says which file cannot be loaded, and which exports no client', async () => {
    await expect(clientsFromEnvironment({ LOCKSTEP_CLIENTS: join(directory, 'none.ts') })).rejects.toThrow(
      /LOCKSTEP_CLIENTS: cannot load .*none\.ts: /,
    )
    expect(() => clientsOfModule('mine.ts', { helper: 1 })).toThrow(
      'mine.ts: expected an exported client, found helper; write export const myNode = defineClient({…})',
    )
  })
})

it('runs another build of our own node as a process of its own', async () => {
  const own = await clientsFromEnvironment({})
  expect(own.cl('lockstep-node').launch(clSettings).own?.command).toBe('node')
  const other = await clientsFromEnvironment({ LOCKSTEP_LOCKSTEP_NODE_BIN: process.execPath })
  expect(other.cl('lockstep-node').launch(clSettings).own).toBeUndefined()
})
