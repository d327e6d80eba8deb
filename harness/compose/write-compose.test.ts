import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
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
  expect(Object.keys(services)).toEqual(['l1', ...Object.keys(els), ...Object.keys(cls), 'batcher'])
  for (const [name, { command, depends_on = [], volumes }] of Object.entries(services)) {
    // Nothing of this machine is left in it.
    expect(command.join(' '), name).not.toMatch(/127\.0\.0\.1|\/work\/|\/tmp\/lockstep/)
    for (const [host] of command.join(' ').matchAll(/(?<=http:\/\/|\/dns4\/|lockstep:\/\/)[\w-]+/g))
      expect(Object.keys(services), name).toContain(host)
    // Who is called by a name must answer to it.
    for (const [host] of command.join(' ').matchAll(/(?<=http:\/\/)[\w-]+/g))
      expect(services[host]?.command.join(' '), `${name} calls ${host}`).toMatch(
        new RegExp(`vhosts (localhost,)?${host}( |$)`),
      )
    for (const [, file = ''] of command.join(' ').matchAll(/\/chain\/(\S+)/g))
      expect(existsSync(join(folder, file)), file).toBe(true)
    for (const other of depends_on) expect(Object.keys(services)).toContain(other)
    expect(volumes).toEqual(['./stack.chain:/chain:ro'])
  }
  expect(services['follower']?.command.join(' ')).toContain('--l2.follow.source http://reference:9545')
  expect(services['sequencer']?.command).toContain('--sequencer.enabled')
  expect(services['batcher']?.command.join(' ')).toContain('--rollup-rpc http://sequencer:9545')
  // There is nobody to start it.
  expect(services['sequencer']?.command).not.toContain('--sequencer.stopped')
  expect(services['reference']?.command.join(' ')).toContain('--l1.beacon http://l1:5052')
  expect(services['follower-el']?.command.join(' ')).toContain('--bootnodes lockstep://sequencer-el:30303')
  await expect(writeCompose(path, twoVerifiersFollowing, { image: 'x', nowMs: 0 })).rejects.toThrow('EEXIST')
})
