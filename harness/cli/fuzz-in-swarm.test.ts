import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { realSwarm } from '../drivers/docker/testing/real-swarm.ts'
import { campaignResultSchema } from '../fuzz/result.ts'
import { exitCode } from './exit-code.ts'
import { fuzz } from './fuzz.ts'

const { engine, reason } = await realSwarm()

it.each([
  ['another kind', ['--swarm', 'k8s'], '--swarm: expected docker, found k8s'],
  ['a part of it', ['--swarm', 'docker', '--shard', '1/2'], '--shard: a swarm has all shards'],
  ['no shard', ['--swarm', 'docker', '--shards', 'none'], '--shards'],
  ['shards of nothing', ['--shards', '2'], '--shards is of --swarm'],
  ['an image of nothing', ['--image', 'x'], '--image is of --swarm'],
])('a swarm of %s is refused before anything runs', async (_, argv, expected) => {
  await expect(fuzz(argv)).rejects.toThrow(expected)
})

describe.skipIf(reason !== null)(`a campaign in a real swarm${reason === null ? '' : ` (${reason})`}`, () => {
  const directory = () => {
    const made = mkdtempSync(join(tmpdir(), 'lockstep-swarm-'))
    onTestFinished(() => rmSync(made, { recursive: true }))
    return made
  }
  const said = (stream: 'stdout' | 'stderr') => {
    const spy = vi.spyOn(process[stream], 'write').mockReturnValue(true)
    onTestFinished(() => spy.mockRestore())
    return () => spy.mock.calls.map(([text]) => String(text)).join('')
  }
  const flags = ['--swarm', 'docker', '--seed', '1000', '--seeds', '4', '--virtual-seconds', '5', '--json']

  it('gives what the same shards give here, and leaves nothing in the engine', async () => {
    const [stdout, stderr, out] = [said('stdout'), said('stderr'), directory()]
    const code = await fuzz([...flags, '--shards', '2', '--jobs', '1', '--out', out])
    expect(code, stderr()).toBe(exitCode.passed)
    expect(campaignResultSchema.parse(JSON.parse(stdout()))).toMatchObject({ runs: 4, failures: [] })
    expect(stderr()).toContain('2 of 2: 2 seeds, 0 failures')
    const files = ['result-1000-1of2.json', 'result-1000-2of2.json']
    expect(readdirSync(out).sort()).toEqual(files)
    for (const [index, file] of files.entries()) {
      const here = directory()
      await fuzz([...flags.slice(2), '--shard', `${index + 1}/2`, '--jobs', '1', '--out', here])
      const read = (folder: string) => {
        const { processMs, ...result } = campaignResultSchema.parse(
          JSON.parse(readFileSync(join(folder, file), 'utf8')),
        )
        return result
      }
      expect(read(out)).toEqual(read(here))
    }
    // Other tests have jobs of their own, under other names.
    const filters = { name: ['lockstep-fuzz-'] }
    expect(await (engine as Docker).listServices({ filters })).toEqual([])
    expect(await (engine as Docker).listContainers({ all: true, filters })).toEqual([])
  }, 300_000)

  it('is inconclusive, with the reason, when no machine has the image', async () => {
    const stderr = said('stderr')
    said('stdout')
    const code = await fuzz([...flags, '--image', 'lockstep-of/nobody:1', '--out', directory()])
    expect(code).toBe(exitCode.inconclusive)
    expect(stderr()).toMatch(/shard 1 of 1 gave no result: rejected: No such image/)
  }, 120_000)
})
