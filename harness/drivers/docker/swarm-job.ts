import type Docker from 'dockerode'
import { z } from 'zod'
import { DockerError, messageOf, statusOf, unless } from './engine.ts'

/** A replicated job of a Docker Swarm: so many tasks of one image, each of which runs to its end once, on whatever machine. */
export interface SwarmJob {
  /** All tasks, by their slots; the failed ones beside those that came after them. @throws DockerError when the swarm does not answer, or what it answers cannot be read. */
  tasks(): Promise<readonly SwarmTask[]>
  /**
   * What a task has said so far, or the last lines of both together. An engine cuts a long line at any byte, and what is no
   * character then is lost: it must be ASCII.
   */
  said(task: SwarmTask, lines?: number): Promise<Said>
  /** Ends what runs, and removes the job. */
  remove(): Promise<void>
}

/** Standard output and error. */
export interface Said {
  readonly stdout: string
  readonly stderr: string
}

export interface SwarmTask {
  readonly id: string
  /** From 0 on. */
  readonly slot: number
  /** `pending`, `preparing`, `running`, `complete`, `failed`, … (https://docs.docker.com/engine/swarm/how-swarm-mode-works/swarm-task-states/). */
  readonly state: string
  readonly isOver: boolean
  /** Null while it runs, or when it never did. */
  readonly exitCode: number | null
  /** What the swarm says against it; null for nothing. */
  readonly error: string | null
}

export interface SwarmJobOptions {
  readonly name: string
  /** Every machine of the swarm must have it, or be able to pull it. */
  readonly image: string
  readonly command: readonly string[]
  /** `{{.Task.Slot}}` in a value is the slot of the task, and for the first one the id of its machine. */
  readonly env: Readonly<Record<string, string>>
  readonly tasks: number
  readonly labels: Readonly<Record<string, string>>
}

/** How often each slot of a job is filled, when its tasks fail. */
export const triesMax = 3
const retryNanoseconds = 1_000_000_000
const nobody = '65534:65534'
const temporaryBytesMax = 2 ** 28
const overStates = ['complete', 'failed', 'shutdown', 'rejected', 'orphaned', 'remove']

const taskSchema = z.looseObject({
  ID: z.string(),
  // Zero is left out.
  Slot: z.int().nonnegative().default(0),
  Status: z.looseObject({
    State: z.string(),
    Err: z.string().optional(),
    ContainerStatus: z.looseObject({ ExitCode: z.int().optional() }).nullish(),
  }),
})

const infoSchema = z.looseObject({
  Swarm: z.looseObject({
    LocalNodeState: z.string().default(''),
    ControlAvailable: z.boolean().default(false),
  }),
})

const nodeSchema = z.looseObject({
  Spec: z.looseObject({ Availability: z.string() }),
  Status: z.looseObject({ State: z.string() }),
})

/**
 * How many machines of the engine's swarm take tasks.
 * @throws DockerError when the engine manages no swarm, with what makes one.
 */
export async function machinesOfSwarm(docker: Docker): Promise<number> {
  const { Swarm } = infoSchema.parse(await docker.info())
  if (Swarm.LocalNodeState !== 'active' || !Swarm.ControlAvailable)
    throw new DockerError(
      `the engine manages no swarm (it is ${Swarm.LocalNodeState === 'active' ? 'a worker of one' : Swarm.LocalNodeState || 'inactive'}): docker swarm init makes one of its machine, and docker swarm join adds others`,
    )
  const nodes = z.array(nodeSchema).parse(await docker.listNodes())
  return nodes.filter(({ Spec, Status }) => Spec.Availability === 'active' && Status.State === 'ready').length
}

/**
 * Starts the job. Its tasks have no rights, and nothing to write to but /tmp. One that ends with another exit code than 0, or
 * whose machine is gone, is tried again, {@link triesMax} times in all.
 * @throws DockerError with what the engine has against it.
 */
export async function startSwarmJob(docker: Docker, options: SwarmJobOptions): Promise<SwarmJob> {
  const { name, image, command, env, tasks, labels } = options
  const container = {
    Image: image,
    Command: [...command],
    Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
    Labels: labels,
    User: nobody,
    ReadOnly: true,
    CapabilityDrop: ['ALL'],
    Mounts: [{ Type: 'tmpfs', Target: '/tmp', TmpfsOptions: { SizeBytes: temporaryBytesMax, Mode: 0o1777 } }],
  }
  const spec = {
    Name: name,
    Labels: labels,
    TaskTemplate: {
      ContainerSpec: container,
      RestartPolicy: { Condition: 'on-failure', Delay: retryNanoseconds, MaxAttempts: triesMax - 1 },
      // Of other drivers nobody can read what a task said.
      LogDriver: { Name: 'json-file' },
    },
    Mode: { ReplicatedJob: { MaxConcurrent: tasks, TotalCompletions: tasks } },
  }
  const asked = <T>(call: Promise<T>): Promise<T> =>
    call.catch((error: unknown) => {
      throw new DockerError(`the swarm: ${messageOf(error)}`)
    })
  const service = await asked(docker.createService(spec as Docker.CreateServiceOptions))
  return {
    async tasks() {
      const found: unknown = await asked(
        docker.listTasks({ filters: JSON.stringify({ service: [service.id] }) }),
      )
      const read = z.array(taskSchema).safeParse(found)
      if (!read.success) throw new DockerError('the swarm: its tasks cannot be read')
      return read.data.map(taskOf).sort((a, b) => a.slot - b.slot)
    },
    async said({ id }, lines) {
      const body = await asked(
        taskOfId(docker, id).logs({ stdout: true, stderr: true, tail: lines === undefined ? 'all' : lines }),
      )
      return saidIn(Buffer.isBuffer(body) ? body : Buffer.from(String(body), 'latin1'))
    },
    remove: () => unless([404], service.remove()),
  }
}

/** What dead runners left of their jobs is removed. An engine that manages no swarm has none. */
export async function removeJobs(
  docker: Docker,
  label: string,
  wanted: (labels: Readonly<Record<string, string>> | undefined) => boolean,
): Promise<readonly string[]> {
  const removed: string[] = []
  const services = await docker.listServices({ filters: { label: [label] } }).catch((error: unknown) => {
    if (statusOf(error) === 503) return []
    throw error
  })
  for (const { ID, Spec } of services) {
    if (!wanted(Spec?.Labels)) continue
    await unless([404], docker.getService(ID).remove())
    removed.push(Spec?.Name ?? ID)
  }
  return removed
}

/** dockerode has it, and its types do not. */
interface WithLogs {
  logs(options: {
    readonly stdout: boolean
    readonly stderr: boolean
    readonly tail: number | 'all'
  }): Promise<unknown>
}
const taskOfId = (docker: Docker, id: string) => docker.getTask(id) as unknown as WithLogs

function taskOf({ ID, Slot, Status }: z.output<typeof taskSchema>): SwarmTask {
  const { State, ContainerStatus, Err } = Status
  // One that never ran has 0.
  const exitCode = State === 'complete' || State === 'failed' ? (ContainerStatus?.ExitCode ?? null) : null
  return {
    id: ID,
    slot: Slot,
    state: State,
    isOver: overStates.includes(State),
    exitCode,
    error: Err ?? null,
  }
}

const frameHeaderBytes = 8

/**
 * What is in the frames of an engine's log: before each, the stream (1 is standard output, 2 error), three zeros, and its
 * length as a big-endian uint32. The end of one may be missing.
 */
export function saidIn(frames: Buffer): Said {
  const parts: Record<number, Buffer[]> = { 1: [], 2: [] }
  for (let at = 0; at + frameHeaderBytes <= frames.length; ) {
    const end = at + frameHeaderBytes + frames.readUInt32BE(at + 4)
    parts[frames.readUInt8(at)]?.push(frames.subarray(at + frameHeaderBytes, end))
    at = end
  }
  const text = (stream: number) => Buffer.concat(parts[stream] ?? []).toString('utf8')
  return { stdout: text(1), stderr: text(2) }
}
