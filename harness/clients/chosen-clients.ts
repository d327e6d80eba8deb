import type { Topology } from '../world/topology.ts'
import { attachedNodes, type ClientChoice, chooseClients } from './choice.ts'
import type {
  AnyClient,
  ClClient,
  ClientDescription,
  ClSettings,
  ElClient,
  ElSettings,
  L1Client,
  L1Settings,
  Launch,
} from './client.ts'
import type { Deviation } from './deviation.ts'
import { resolveProgram } from './program-source.ts'
import type { ClientRegistry } from './registry.ts'

/** A client in a slot: its description, and how it is started here. */
export interface ChosenClient<Client, Settings> {
  readonly client: Client
  launch(settings: Settings): Launch
  prepare(settings: Settings): readonly Launch[]
}

/** The clients of a devstack, as topology, flags and environment chose them. */
export interface ChosenClients {
  /** What flags and environment say. */
  readonly choice: ClientChoice
  /** The topology with the chosen kinds. @throws ClientChoiceError, UnknownClientError */
  choose<Cl extends string>(topology: Topology<Cl>): Topology<Cl>
  /** @throws UnknownClientError, ProgramMissingError */
  cl(kind: string): ChosenClient<ClClient, ClSettings>
  /** @throws UnknownClientError, ProgramMissingError */
  el(kind: string): ChosenClient<ElClient, ElSettings>
  /** @throws UnknownClientError, ProgramMissingError */
  l1(kind: string): ChosenClient<L1Client, L1Settings>
  /** What is known of a kind of consensus node, whether its program is here or not. @throws UnknownClientError */
  deviations(kind: string): readonly Deviation[]
  /** Ports of the nodes of a topology that somebody else starts, by name. @throws ClientChoiceError */
  attached(topology: Topology): ReadonlyMap<string, number>
  /** What the docker driver makes this kind's containers of; undefined for the image of this project. */
  image(kind: string): string | undefined
}

export interface ChosenClientsOptions {
  readonly registry: ClientRegistry
  readonly choice: ClientChoice
  readonly isExecutable: (path: string) => boolean
  readonly searchPath: string
}

export function createChosenClients(options: ChosenClientsOptions): ChosenClients {
  const { registry, choice, isExecutable, searchPath } = options
  const choose = <Client extends AnyClient & ClientDescription<Settings>, Settings>(
    client: Client,
  ): ChosenClient<Client, Settings> => {
    const { kind, slot, program } = client
    const given = choice.programs.get(kind)
    const command = resolveProgram({ kind, slot, program, given, isExecutable, searchPath })
    return {
      client,
      launch(settings) {
        const { own, ...launch } = client.launch(settings, command)
        // Another build of our own program is a process of its own: a host runs this one.
        return own === undefined || given !== undefined ? launch : { ...launch, own }
      },
      prepare: (settings) => client.prepare?.(settings, command) ?? [],
    }
  }
  return {
    choice,
    choose: (topology) => {
      const chosen = chooseClients(topology, choice)
      for (const { kind } of Object.values<{ kind: string }>(chosen.cls)) registry.cl(kind)
      for (const { kind } of Object.values(chosen.els)) registry.el(kind)
      return chosen
    },
    cl: (kind) => choose<ClClient, ClSettings>(registry.cl(kind)),
    el: (kind) => choose<ElClient, ElSettings>(registry.el(kind)),
    l1: (kind) => choose<L1Client, L1Settings>(registry.l1(kind)),
    deviations: (kind) => registry.cl(kind).deviations,
    attached: (topology) => attachedNodes(topology, choice.attached),
    image: (kind) => choice.images.get(kind),
  }
}
