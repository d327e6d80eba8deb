import { hostname } from 'node:os'
import type Docker from 'dockerode'
import { describe, expect, it } from 'vitest'
import { labelsOf, labelsOfThisRunner, removeOrphans, removeRunContainers } from './labels.ts'
import { imageNode } from './launch-in-container.ts'
import { projectImage } from './project-image.ts'
import { saidIn, startSwarmJob, triesMax } from './swarm-job.ts'
import { realSwarm } from './testing/real-swarm.ts'

const { engine: swarm, reason } = await realSwarm()

const frame = (stream: number, text: string) => {
  const body = Buffer.from(text)
  const header = Buffer.alloc(8)
  header.writeUInt8(stream)
  header.writeUInt32BE(body.length, 4)
  return Buffer.concat([header, body])
}

describe('what a task said', () => {
  it('is the text of all frames of a stream, in their order', () => {
    const frames = [frame(1, 'one'), frame(2, 'not '), frame(1, ' two\n'), frame(2, 'this'), frame(1, '')]
    expect(saidIn(Buffer.concat(frames))).toEqual({ stdout: 'one two\n', stderr: 'not this' })
    expect(saidIn(Buffer.alloc(0))).toEqual({ stdout: '', stderr: '' })
    expect(saidIn(frame(0, 'of another kind'))).toEqual({ stdout: '', stderr: '' })
  })

  it('is what is there of a frame that was cut', () => {
    expect(saidIn(frame(1, 'cut short').subarray(0, 12)).stdout).toBe('cut ')
    expect(saidIn(frame(1, 'cut short').subarray(0, 5)).stdout).toBe('')
  })
})

describe.skipIf(reason !== null)(`a real swarm${reason === null ? '' : ` (${reason})`}`, () => {
  const engine = swarm as Docker
  const long = 200_000
  const program = `
const slot = process.env.SLOT
console.log(JSON.stringify({ slot, user: process.getuid(), long: 'x'.repeat(${long}) }))
try { require('node:fs').writeFileSync('/lockstep/it', '') } catch (error) { console.error(error.code) }
if (slot === '1') process.exit(7)
`

  it('runs each task to its end, fills the slot of one that fails again, and leaves nothing', async () => {
    const name = `lockstep-test-${process.pid}`
    const job = await startSwarmJob(engine, {
      ...{ name, image: await projectImage(), tasks: 2, labels: labelsOf(labelsOfThisRunner(name)) },
      ...{ command: [imageNode, '-e', program], env: { SLOT: '{{.Task.Slot}}' } },
    })
    try {
      let tasks = await job.tasks()
      const failed = () => tasks.filter(({ slot, state }) => slot === 1 && state === 'failed')
      while (failed().length < triesMax || !tasks.some(({ slot, isOver }) => slot === 0 && isOver)) {
        await new Promise((resolve) => setTimeout(resolve, 200))
        tasks = await job.tasks()
      }
      expect(failed()[0]).toMatchObject({ isOver: true, exitCode: 7 })
      const first = tasks.find(({ slot }) => slot === 0)!
      expect(first).toMatchObject({ state: 'complete', exitCode: 0, error: null })
      const { stdout, stderr } = await job.said(first)
      expect(JSON.parse(stdout)).toMatchObject({ user: 65_534, long: 'x'.repeat(long) })
      expect(stderr).toMatch(/^E(ROFS|ACCES)\n$/)
      // Its runner lives.
      expect(await removeOrphans(engine, hostname())).not.toContain(name)
    } finally {
      await job.remove()
      await removeRunContainers(engine, name)
    }
    expect(await engine.listServices({ filters: { name: [name] } })).toEqual([])
    const filters = { label: [`dev.lockstep.run=${name}`] }
    expect(await engine.listContainers({ all: true, filters })).toEqual([])
  }, 120_000)
})
