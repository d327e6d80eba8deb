import { hostname } from 'node:os'
import type Docker from 'dockerode'
import { identifyProcess, isRunning } from '../process-identity.ts'
import { statusOf, unless } from './engine.ts'
import { removeJobs } from './swarm-job.ts'

/** What everything that the harness makes in an engine is labelled with. */
export interface RunLabels {
  readonly runId: string
  /** The runner, as its pid and start time tell it on its machine. */
  readonly runner: { readonly machine: string; readonly pid: number; readonly startTime: string }
}

const runLabel = 'dev.lockstep.run'
const runnerLabel = 'dev.lockstep.runner'
const componentLabel = 'dev.lockstep.component'

/** Labels of a component's container, or of a network when `component` is left out. */
export function labelsOf({ runId, runner }: RunLabels, component?: string): Record<string, string> {
  return {
    [runLabel]: runId,
    [runnerLabel]: `${runner.machine} ${runner.pid} ${runner.startTime}`,
    ...(component === undefined ? {} : { [componentLabel]: component }),
  }
}

/** @throws when the operating system does not say when this process was started. */
export function labelsOfThisRunner(runId: string): RunLabels {
  const identity = identifyProcess(process.pid)
  if (identity === null) throw new Error('cannot read the start time of this process: is /proc mounted?')
  return { runId, runner: { machine: hostname(), ...identity } }
}

/** True when the runner of these labels was on this machine and is gone. Of another machine's runner nothing is known. */
export function isOrphan(labels: Readonly<Record<string, string>> | undefined, machine: string): boolean {
  const [where, pid, ...startTime] = (labels?.[runnerLabel] ?? '').split(' ')
  if (where !== machine || pid === undefined || startTime.length === 0) return false
  return !isRunning({ pid: Number(pid), startTime: startTime.join(' ') })
}

/** Removes every container that a run made in this engine; its network goes with what it is. */
export async function removeRunContainers(docker: Docker, runId: string): Promise<void> {
  await removeContainers(docker, `${runLabel}=${runId}`, () => true)
}

/**
 * Removes what the runs of dead runners of this machine left behind.
 * @returns names of the containers and jobs that were removed.
 */
export async function removeOrphans(docker: Docker, machine: string): Promise<readonly string[]> {
  const wanted = (labels: Labels) => isOrphan(labels, machine)
  const jobs = await removeJobs(docker, runLabel, wanted)
  const removed = await removeContainers(docker, runLabel, wanted)
  const networks = await docker.listNetworks({ filters: JSON.stringify({ label: [runLabel] }) })
  await Promise.all(
    networks
      .filter(({ Labels }) => wanted(Labels))
      .map(({ Id }) => unless([404], docker.getNetwork(Id).remove())),
  )
  return [...jobs, ...removed]
}

type Labels = Readonly<Record<string, string>> | undefined

async function removeContainers(
  docker: Docker,
  label: string,
  wanted: (labels: Labels) => boolean,
): Promise<readonly string[]> {
  const all = await docker.listContainers({ all: true, filters: JSON.stringify({ label: [label] }) })
  const containers = all.filter(({ Labels }) => wanted(Labels))
  await Promise.all(containers.map(({ Id }) => removeContainer(docker, Id)))
  return containers.map(({ Names }) => Names[0]?.replace(/^\//, '') ?? '')
}

const removalTriesMax = 20
const removalPauseMs = 100

/** Ends and removes a container with its volumes. One that is being removed already (409) is waited for. */
export async function removeContainer(docker: Docker, id: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await docker.getContainer(id).remove({ force: true, v: true })
    } catch (error) {
      const status = statusOf(error)
      if (status === 404) return
      if (status !== 409 || tries >= removalTriesMax) throw error
      await new Promise((resolve) => setTimeout(resolve, removalPauseMs))
    }
  }
}
