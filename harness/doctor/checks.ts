import type { ForeignClient, Machine } from './machine.ts'

/** What was found of one thing that a devstack needs. */
export interface Finding {
  readonly name: string
  /** `warning`: some things will not work, or not well. `absent`: not there, and needed by nobody who does not ask for it. */
  readonly state: 'ok' | 'absent' | 'warning' | 'error'
  readonly found: string
  /** What to do; null when nothing is to be done. */
  readonly remedy: string | null
}

export interface CheckOptions {
  /** Where runs are kept. */
  readonly directory: string
  /** The version that package.json pins. */
  readonly anvilVersion: string
  readonly clients: readonly ForeignClient[]
}

const nodeMajorMin = 24
const gib = 1024 ** 3
/** A devstack has two dozen listeners. */
const portsWanted = 40
/** All programs of a devstack take 300 to 700 MiB. */
const memoryBytesMin = gib
const memoryBytesGood = 2 * gib
const diskBytesMin = gib / 4
const diskBytesGood = 2 * gib
const openFilesMin = 1_024
const driftMsMax = 50

type Verdict = Omit<Finding, 'name'>
const ok = (found: string): Verdict => ({ state: 'ok', found, remedy: null })

/** Looks at everything, one after the other; a check that fails is a finding, and ends nothing. */
export async function checkMachine(machine: Machine, options: CheckOptions): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const [name, check] of Object.entries(checksOf(machine, options)))
    findings.push({ name, ...(await check()) })
  return findings
}

function checksOf(
  machine: Machine,
  { directory, anvilVersion, clients }: CheckOptions,
): Readonly<Record<string, () => Verdict | Promise<Verdict>>> {
  const reinstall = 'run npm ci, or npm install in a folder of your own, and let it run install scripts'
  return {
    system: () =>
      machine.platform === 'linux'
        ? ok('linux')
        : problem(
            'warning',
            machine.platform,
            'Lockstep is tested on Linux: run it there, or in a container',
          ),
    'Node.js': () =>
      Number(machine.nodeVersion.split('.')[0]) >= nodeMajorMin
        ? ok(machine.nodeVersion)
        : problem(
            'error',
            machine.nodeVersion,
            `start it by npx lockstep, which finds the Node.js ${nodeMajorMin} that comes with it, or install one`,
          ),
    'native libraries': async () => {
      for (const library of ['lmdb', '@crate-crypto/node-eth-kzg', 'tiny-secp256k1'])
        try {
          await machine.load(library)
        } catch (error) {
          return problem('error', `${library} does not load: ${text(error)}`, reinstall)
        }
      return ok('they load')
    },
    anvil: async () => {
      try {
        const version = await machine.anvilVersion()
        return version === anvilVersion
          ? ok(version)
          : problem('warning', `${version}, where ${anvilVersion} is pinned`, reinstall)
      } catch (error) {
        return problem('error', text(error), reinstall)
      }
    },
    'anvil reorgs': () =>
      attempt(
        () => machine.anvilReorg(),
        'it makes another block in the place of one',
        'use the anvil that package.json pins: L1 reorgs depend on it',
      ),
    ports: () =>
      attempt(
        () => machine.listen(portsWanted),
        `${portsWanted} at once on 127.0.0.1`,
        'end what holds so many ports, or widen net.ipv4.ip_local_port_range',
      ),
    'open files': () => {
      const max = machine.openFilesMax()
      if (max === null) return ok('no limit is told')
      return max >= openFilesMin
        ? ok(`up to ${max} for each process`)
        : problem(
            'error',
            `up to ${max} for each process`,
            `allow ${openFilesMin}: ulimit -n ${openFilesMin}`,
          )
    },
    memory: () => {
      const bytes = machine.memoryBytes()
      if (bytes >= memoryBytesGood) return ok(size(bytes))
      return problem(
        bytes < memoryBytesMin ? 'error' : 'warning',
        size(bytes),
        `have ${size(memoryBytesGood)} free: end other programs, or run fewer scenarios at once (workers in lockstep.config.ts)`,
      )
    },
    cores: () =>
      machine.cores >= 2
        ? ok(String(machine.cores))
        : problem(
            'warning',
            String(machine.cores),
            'use a machine with 2: on one, waits come close to their limits',
          ),
    'runs directory': () =>
      attempt(
        () => machine.writeTo(directory),
        directory,
        'make it yours, or name another one by LOCKSTEP_DIRECTORY=DIR',
      ),
    disk: () => {
      const bytes = machine.freeBytes(directory)
      if (bytes >= diskBytesGood) return ok(`${size(bytes)} free for ${directory}`)
      return problem(
        bytes < diskBytesMin ? 'error' : 'warning',
        `${size(bytes)} free for ${directory}`,
        'make room there, keep fewer runs (--keep 2), or name another place by LOCKSTEP_DIRECTORY=DIR',
      )
    },
    clock: async () => {
      const driftMs = Math.abs(await machine.clockDriftMs())
      return driftMs <= driftMsMax
        ? ok('it goes evenly')
        : problem(
            'warning',
            `it stepped ${Math.round(driftMs)} ms while nothing happened`,
            'let nobody set the time during a run: blocks are stamped with it',
          )
    },
    Docker: async () => {
      try {
        return ok(`Docker Engine ${await machine.docker()}`)
      } catch (error) {
        return problem(
          'absent',
          text(error).split(';', 1)[0] ?? '',
          'only LOCKSTEP_DRIVER=docker needs one: start dockerd, or name one by DOCKER_HOST',
        )
      }
    },
    ...Object.fromEntries(
      clients.map((client) => [
        client.kind,
        () => {
          const path = machine.program(client)
          return path === null
            ? problem(
                'absent',
                'not on the PATH',
                `only who puts it into a slot needs it: --cl-bin or --el-bin ${client.kind}=PATH`,
              )
            : ok(path)
        },
      ]),
    ),
  }
}

function problem(state: 'absent' | 'warning' | 'error', found: string, remedy: string): Verdict {
  return { state, found, remedy }
}

async function attempt(run: () => void | Promise<void>, found: string, remedy: string): Promise<Verdict> {
  try {
    await run()
    return ok(found)
  } catch (error) {
    return problem('error', text(error), remedy)
  }
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function size(bytes: number): string {
  return `${(bytes / gib).toFixed(1)} GiB`
}
