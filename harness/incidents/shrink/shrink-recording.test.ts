import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { formatCase, parseCase } from '../../cases/case.ts'
import { printScenario } from '../../cases/print-scenario.ts'
import { runCase } from '../../cases/run-case.ts'
import { startSimWorld } from '../../world/sim/sim-world.ts'
import { knownIncidents } from '../testing/incidents.ts'
import { recordSimulated } from '../testing/record-simulated.ts'
import { shrinkRecording } from './shrink-recording.ts'

/** All of them with `LOCKSTEP_INCIDENT_SEEDS`; each takes a minute of a processor. */
const always = ['a follower that is stuck after an L1 reorg']
const names = process.env['LOCKSTEP_INCIDENT_SEEDS'] === undefined ? always : Object.keys(knownIncidents)
const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

describe('shrinkRecording', () => {
  it.each(names)(
    '%s: at most five deeds show the same, our node passes them, and the scenario runs as printed',
    { timeout: 900_000 },
    async (name) => {
      const incident = knownIncidents[name]!
      const { events } = await recordSimulated({ ...incident, seed: '1' })
      const shrunk = await shrinkRecording(events, { name: name.replaceAll(' ', '-'), bug: incident.bug })
      const text = printScenario(shrunk.case)
      expect(shrunk.whole?.reason, text).toBe(shrunk.wanted?.reason)
      expect(shrunk.wanted?.reason).toContain(incident.class)
      expect(shrunk.case.deeds.length, text).toBeLessThanOrEqual(Math.min(5, shrunk.deeds))
      const read = parseCase(formatCase(shrunk.case), 'x.json')
      expect((await runCase(read, { startWorld: startSimWorld })).violation, text).toBeNull()
      expect(await runPrinted(text)).toMatch(/1 passed, 0 failed/)
    },
  )

  it('keeps all that happened when our node does not show it, and says what it shows', {
    timeout: 180_000,
  }, async () => {
    const { events } = await recordSimulated({ ...knownIncidents[always[0]!]!, seed: '1' })
    const { case: one, deeds, whole, wanted } = await shrinkRecording(events, { name: 'x' })
    expect(wanted?.reason).toBe('explained as l1-reorg-missed')
    expect(whole).toBeNull()
    expect(one.deeds).toHaveLength(deeds)
    expect(one.deeds.map(({ kind }) => kind)).toContain('l1-reorg')
  })
})

/** What `lockstep accept --world sim` says of a repository that holds this scenario alone. */
async function runPrinted(text: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-printed-'))
  try {
    writeFileSync(join(directory, 'package.json'), '{"type":"module","private":true}')
    writeFileSync(
      join(directory, 'lockstep.config.ts'),
      "import { defineConfig } from 'lockstep/config'\nexport default defineConfig({})\n",
    )
    mkdirSync(join(directory, 'scenarios'))
    writeFileSync(join(directory, 'scenarios/printed.test.ts'), text)
    const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('VITEST')))
    const child = spawn(process.execPath, [main, 'accept', '--world', 'sim'], { cwd: directory, env })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part: Buffer) => {
        output += part.toString()
      })
    await once(child, 'close')
    return output
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
