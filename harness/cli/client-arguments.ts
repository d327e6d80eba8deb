import { clientVariables } from '../clients/choice.ts'
import type { ChosenClients } from '../clients/chosen-clients.ts'
import { ClientChoiceError } from '../clients/client-choice-error.ts'
import { ClientDefinitionError } from '../clients/define-client.ts'
import { brokenInvariants, concerns } from '../clients/deviation.ts'
import { clientsFromEnvironment } from '../clients/load-clients.ts'
import { binaryVariable, ProgramMissingError } from '../clients/program-source.ts'
import { DuplicateClientError, UnknownClientError } from '../clients/registry.ts'
import type { KnownDeviation } from '../conformance/verdict.ts'
import type { ClRole } from '../world/role.ts'
import { splitAt } from './arguments.ts'
import { type ClientOrigin, clientOrigin, inTheWordsOf } from './client-origin.ts'
import { UsageError } from './usage-error.ts'

/** The flags that put other clients into slots, of every command that boots a devstack. */
export const clientArguments = {
  cl: {
    type: 'string',
    valueHint: 'ROLE=KIND',
    description: 'The consensus node of a role or of that name, or KIND for all; may stand several times',
  },
  'cl-at': {
    type: 'string',
    valueHint: 'ROLE=URL',
    description: 'A node that you start yourself, such as in a debugger, and where it will serve',
  },
  'cl-bin': {
    type: 'string',
    valueHint: 'KIND=COMMAND',
    description: 'The program of a kind of consensus node',
  },
  el: {
    type: 'string',
    valueHint: 'ROLE=KIND',
    description: 'The execution engine of a role or name, or of all',
  },
  'el-bin': { type: 'string', valueHint: 'KIND=COMMAND', description: 'The program of a kind of engine' },
} as const

export interface ClientFlagValues {
  /** Files that define clients, absolute. */
  readonly files?: readonly string[]
  /** `role=kind`, or a kind for all. */
  readonly cl?: readonly string[]
  readonly el?: readonly string[]
  /** `role=url`. */
  readonly at?: readonly string[]
  /** `kind=command`. */
  readonly bin: readonly string[]
  /** The same, of engines. */
  readonly elBin?: readonly string[]
}

/** Tells the processes that run the scenarios which clients stand in the slots, until it is disposed. @throws UsageError. */
export function applyClientFlags(flags: ClientFlagValues): Disposable {
  const before = { ...process.env }
  const set = clientEnvironment(flags)
  Object.assign(process.env, set)
  return {
    [Symbol.dispose]() {
      for (const name of Object.keys(set)) {
        const value = before[name]
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      }
    },
  }
}

/** The environment that says what the flags say. @throws UsageError. */
export function clientEnvironment({
  files = [],
  cl = [],
  el = [],
  at = [],
  bin,
  elBin = [],
}: ClientFlagValues): Readonly<Record<string, string>> {
  return {
    ...(files.length === 0 ? {} : { [clientVariables.clients]: withInherited(files) }),
    ...(cl.length === 0 ? {} : { LOCKSTEP_L2CL_KIND: cl.join(',') }),
    ...(el.length === 0 ? {} : { LOCKSTEP_L2EL_KIND: el.join(',') }),
    ...(at.length === 0 ? {} : { LOCKSTEP_L2CL_AT: at.join(',') }),
    ...programVariables('--cl-bin', bin),
    ...programVariables('--el-bin', elBin),
  }
}

function programVariables(flag: string, texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const [kind, command] = splitAt(text, '=')
      if (command === undefined || command === '' || !/^[a-z][a-z0-9-]*$/.test(kind))
        throw new UsageError(`${flag}: expected KIND=COMMAND, found ${JSON.stringify(text)}`)
      return [binaryVariable(kind), command]
    }),
  )
}

/**
 * What the clients that the command line and the environment name answer.
 * @param origin where they name them, for what is wrong. Default: in the environment.
 * @throws UsageError when there is no such client, when its program is not here, or when a choice cannot be read.
 */
export async function askClients<T>(
  question: (clients: ChosenClients) => T,
  origin: ClientOrigin = clientOrigin({ flags: {}, bin: {} }),
): Promise<T> {
  try {
    return question(await clientsFromEnvironment())
  } catch (error) {
    if (wrongChoices.some((wrong) => error instanceof wrong))
      throw new UsageError(inTheWordsOf(origin, error instanceof Error ? error.message : String(error)))
    throw error
  }
}

const wrongChoices = [
  ClientChoiceError,
  ClientDefinitionError,
  DuplicateClientError,
  ProgramMissingError,
  UnknownClientError,
]

/** `KEY=VALUE` of a configuration without those that the command line has another value for. */
export function overridden(configured: readonly string[], given: readonly string[]): readonly string[] {
  const keys = given.flatMap((text) => text.split(',')).map((text) => keyOf(text))
  return [...configured.filter((text) => !keys.includes(keyOf(text))), ...given]
}

/** A kind alone is for every node. */
const keyOf = (text: string) => (text.includes('=') ? splitAt(text, '=')[0].trim() : '*')

/** Those of the environment stay. */
function withInherited(files: readonly string[]): string {
  const inherited = process.env[clientVariables.clients] ?? ''
  return [...files, ...(inherited === '' ? [] : [inherited])].join(',')
}

/** What is known of a kind of consensus node in a role. */
export interface KnownInRole {
  deviation(scenario: string): KnownDeviation | null
  /** The invariants that it is not held to, each with the link to why. */
  readonly waived: ReadonlyMap<string, string>
}

export async function knownInRole(kind: string, role: ClRole): Promise<KnownInRole> {
  const deviations = await askClients((clients) => clients.deviations(kind))
  return {
    deviation: (scenario) => deviations.find((deviation) => concerns(deviation, scenario, role)) ?? null,
    waived: brokenInvariants(deviations, role),
  }
}
