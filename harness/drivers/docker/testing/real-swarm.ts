import type Docker from 'dockerode'
import { connectDocker, messageOf } from '../engine.ts'
import { machinesOfSwarm } from '../swarm-job.ts'

/** The engine of this machine, when it manages a swarm; else why not, which is said: a summary shows no reasons. */
export async function realSwarm(): Promise<{
  readonly engine: Docker | null
  readonly reason: string | null
}> {
  try {
    const engine = await connectDocker()
    await machinesOfSwarm(engine)
    return { engine, reason: null }
  } catch (error) {
    const reason = messageOf(error)
    process.stderr.write(`skipped: the tests of a real Docker Swarm: ${reason}\n`)
    return { engine: null, reason }
  }
}
