import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type Docker from 'dockerode'
import { packageRoot } from '../../node/adapters/files/package-root.ts'
import { connectDocker, DockerError, messageOf } from '../drivers/docker/engine.ts'
import { ensureImage } from '../drivers/docker/image.ts'
import { imageFiles } from '../drivers/docker/image-files.ts'
import { labelsOf, labelsOfThisRunner, removeOrphans, removeRunContainers } from '../drivers/docker/labels.ts'
import { imageNode, imageRoot } from '../drivers/docker/launch-in-container.ts'
import {
  machinesOfSwarm,
  type SwarmJob,
  type SwarmTask,
  startSwarmJob,
  triesMax,
} from '../drivers/docker/swarm-job.ts'
import { readLiveLine } from './live-line.ts'
import { type CampaignResult, campaignResultSchema } from './result.ts'
import { slotTemplate, slotVariable } from './swarm-slot.ts'

export interface SwarmCampaignOptions {
  /** Default: one for each machine. */
  readonly shards: number | null
  /** Where every machine finds this version of Lockstep. Default: the image that is made of this checkout, here. */
  readonly image: string | null
  /** Flags of `lockstep fuzz` for every shard, which say when it ends. */
  readonly flags: readonly string[]
  readonly signal: AbortSignal
  readonly onProgress: (line: string) => void
  readonly onResult: (shard: ShardResult) => void
}

export interface ShardResult {
  /** From 1 on. */
  readonly index: number
  readonly count: number
  /** Null when it gave none. */
  readonly result: CampaignResult | null
  /** Why there is no result. */
  readonly lost: string | null
}

const lookMs = 2_000
/** So many looks in a row may fail before the swarm is given up. */
const failedLooksMax = 15
/** A swarm in which nothing has begun to run, ended or changed its state for so long never will. */
const stallMs = 600_000
const saidMax = 300
/** The last of what a shard said that may be about something else: a failure takes three lines. */
const progressLines = 20

/**
 * Runs the shards of a campaign as one job of a Docker Swarm, and takes what each of them found. The job is removed in any
 * case; what is left of one whose runner was killed is removed by the next.
 * @throws DockerUnusableError, DockerError
 */
export async function runSwarmCampaign(options: SwarmCampaignOptions): Promise<void> {
  const { flags, signal, onProgress, onResult } = options
  const docker = await connectDocker()
  const machines = await machinesOfSwarm(docker)
  await removeOrphans(docker, hostname())
  const count = options.shards ?? Math.max(1, machines)
  const image = options.image ?? (await ownImage(docker, machines, onProgress))
  if (signal.aborted) return
  const runId = `fuzz-${randomBytes(4).toString('hex')}`
  const name = `lockstep-${runId}`
  const job = await startSwarmJob(docker, {
    ...{ name, image, tasks: count, labels: labelsOf(labelsOfThisRunner(runId)) },
    command: [imageNode, `${imageRoot}/harness/cli/swarm-task.ts`, String(count), ...flags],
    env: { [slotVariable]: slotTemplate },
  })
  try {
    const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => {})
    await followJob(job, count, { signal, onProgress, onResult, pause, nowMs: () => performance.now() })
  } finally {
    await job.remove().catch((error: unknown) => {
      throw new DockerError(
        `the swarm: the job ${name} stays, for it cannot be removed now: ${messageOf(error)}; the next run from here removes it, or docker service rm`,
      )
    })
    // An engine keeps the containers of tasks that had ended. Those of other machines are theirs.
    await removeRunContainers(docker, runId)
  }
}

async function ownImage(
  docker: Docker,
  machines: number,
  onProgress: SwarmCampaignOptions['onProgress'],
): Promise<string> {
  if (machines > 1)
    throw new DockerError(
      `the swarm has ${machines} machines, and an image that is made here is here alone: push it to a registry that all of them reach, and name it with --image`,
    )
  onProgress('the image of this checkout: made, or found')
  return ensureImage(docker, packageRoot, imageFiles(packageRoot))
}

/** What {@link followJob} is told. */
export interface FollowJobOptions extends Pick<SwarmCampaignOptions, 'signal' | 'onProgress' | 'onResult'> {
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
  readonly nowMs: () => number
}

/**
 * Looks after a job until each of its shards has given a result or is lost, or the signal aborts.
 * @throws DockerError when the swarm does not answer for a while, or runs nothing.
 */
export async function followJob(job: SwarmJob, count: number, options: FollowJobOptions): Promise<void> {
  const { signal, onProgress, onResult, pause, nowMs } = options
  const taken = new Set<number>()
  const done = { runs: 0, failures: 0 }
  let states = ''
  let changedMs = nowMs()
  let shown = ''
  for (let failedLooks = 0; !signal.aborted; await pause(lookMs, signal)) {
    try {
      const tasks = await job.tasks()
      for (const task of decided(tasks)) {
        if (taken.has(task.slot)) continue
        const ended = await resultOf(job, task)
        taken.add(task.slot)
        done.runs += ended.result?.runs ?? 0
        done.failures += ended.result?.failures.length ?? 0
        onResult({ index: task.slot + 1, count, ...ended })
      }
      if (taken.size >= count) return
      const line = `${taken.size} of ${count} shards done · ${await progressOf(job, tasks, done)}`
      if (line !== shown) onProgress(line)
      shown = line
      failedLooks = 0
      const now = tasks.map(({ state, error }) => (error === null ? state : `${state} (${error})`)).join(', ')
      if (now !== states || tasks.some(({ state }) => state === 'running')) changedMs = nowMs()
      states = now
    } catch (error) {
      if (!(error instanceof DockerError) || ++failedLooks >= failedLooksMax) throw error
    }
    if (nowMs() - changedMs > stallMs)
      throw new DockerError(
        `the swarm runs nothing, and has not for ${stallMs / 60_000} minutes: ${states || 'there is no task'}`,
      )
  }
}

/** Of each slot the task that decides, where there is one: it has completed, or is the last that may fail. */
function decided(tasks: readonly SwarmTask[]): readonly SwarmTask[] {
  return [...Map.groupBy(tasks, ({ slot }) => slot).values()].flatMap((ofSlot) => {
    const complete = ofSlot.find(({ state }) => state === 'complete')
    const isLost = ofSlot.length >= triesMax && ofSlot.every(({ isOver }) => isOver)
    return complete ?? (isLost ? ofSlot.slice(-1) : [])
  })
}

async function resultOf(job: SwarmJob, task: SwarmTask): Promise<Pick<ShardResult, 'result' | 'lost'>> {
  const { stdout, stderr } = task.exitCode === null ? { stdout: '', stderr: '' } : await job.said(task)
  const lines = stdout.trimEnd().split('\n')
  const read = campaignResultSchema.safeParse(jsonOf(lines.at(-1) ?? ''))
  if (read.success) return { result: read.data, lost: null }
  const why =
    /^\w*Error\b.*: .*$/m.exec(stderr)?.[0] ?? `${stdout}\n${stderr}`.trim().split('\n').at(-1) ?? ''
  const ended = task.exitCode === null ? task.state : `${task.state}, exit code ${task.exitCode}`
  return {
    result: null,
    lost: [ended, task.error, why.slice(0, saidMax)].filter((part) => part).join(': '),
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What each shard that runs said last, added to what is done, and how many wait for a machine. */
async function progressOf(
  job: SwarmJob,
  tasks: readonly SwarmTask[],
  done: { readonly runs: number; readonly failures: number },
): Promise<string> {
  const running = tasks.filter(({ state }) => state === 'running')
  const said = await Promise.all(
    running.map(async (task) => readLiveLine((await job.said(task, progressLines)).stdout)),
  )
  const known = said.filter((one) => one !== null)
  const sum = (of: 'runs' | 'perMinute' | 'failures') => known.reduce((total, one) => total + one[of], 0)
  const waiting = tasks.filter(({ state, isOver }) => !isOver && state !== 'running')
  const why = waiting.find(({ error }) => error !== null)?.error
  return [
    `${done.runs + sum('runs')} seeds`,
    `${sum('perMinute').toFixed(1)} a minute`,
    `${done.failures + sum('failures')} failures`,
    ...(waiting.length === 0 ? [] : [`${waiting.length} wait${why === undefined ? '' : `: ${why}`}`]),
  ].join(' · ')
}
