import { didYouMean } from '../../node/config/flags-nearest.ts'
import { type ClRole, clRoles, driverOf, roleOf } from '../world/role.ts'
import type { ClSpec, ElSpec, Topology } from '../world/topology.ts'
import { type Attached, parseAttached } from './attached.ts'
import { ClientChoiceError } from './client-choice-error.ts'
import { binaryVariable, imageVariable } from './program-source.ts'
import type { ClientRegistry } from './registry.ts'

/** Which kind stands in a slot, by role or name; `*` for every slot that nothing else names. */
export type KindChoice = ReadonlyMap<string, string>

/** What flags and environment say about clients. */
export interface ClientChoice {
  readonly cl: KindChoice
  readonly el: KindChoice
  /** Where a node listens that somebody else starts, by role or name. */
  readonly attached: Attached
  /** By kind: the executable and what always stands in front of its flags. */
  readonly programs: ReadonlyMap<string, readonly string[]>
  /** By kind: the image that the docker driver uses. */
  readonly images: ReadonlyMap<string, string>
}

/** Variables whose name does not depend on a kind. */
export const clientVariables = {
  cl: 'LOCKSTEP_L2CL_KIND',
  el: 'LOCKSTEP_L2EL_KIND',
  attached: 'LOCKSTEP_L2CL_AT',
  clients: 'LOCKSTEP_CLIENTS',
} as const

/**
 * Reads the choice from the environment: `LOCKSTEP_L2CL_KIND=op-node`, or `follower=kona-node,reference=op-node`; and
 * `LOCKSTEP_<KIND>_BIN` and `LOCKSTEP_<KIND>_IMAGE` of every kind.
 * @throws ClientChoiceError naming the variable; UnknownClientError.
 */
export function choiceFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  registry: ClientRegistry,
): ClientChoice {
  const read = (slot: 'cl' | 'el') => {
    const text = environment[clientVariables[slot]] ?? ''
    const choice = parseKinds(clientVariables[slot], text)
    for (const kind of choice.values()) registry[slot](kind)
    return choice
  }
  const kinds = [...new Set([...registry.kinds('cl'), ...registry.kinds('el'), ...registry.kinds('l1')])]
  const given = <T>(variable: (kind: string) => string, parse: (text: string, name: string) => T) =>
    new Map(
      kinds.flatMap((kind): [string, T][] => {
        const name = variable(kind)
        const text = environment[name]?.trim() ?? ''
        return text === '' ? [] : [[kind, parse(text, name)]]
      }),
    )
  return {
    cl: read('cl'),
    el: read('el'),
    attached: parseAttached(clientVariables.attached, environment[clientVariables.attached] ?? ''),
    programs: given(binaryVariable, (text) => splitCommand(text)),
    images: given(imageVariable, (text) => text),
  }
}

/**
 * The topology with the chosen kinds. A name wins over a role, and a role over `*`. An engine is named by itself, by its
 * consensus node, or by that node's role.
 * @throws ClientChoiceError when a choice names nothing that the topology has.
 */
export function chooseClients<Cl extends string>(topology: Topology<Cl>, choice: ClientChoice): Topology<Cl> {
  if (choice.cl.size === 0 && choice.el.size === 0) return topology
  const cls: Readonly<Record<string, ClSpec>> = topology.cls
  const roles = new Map(Object.entries(cls).map(([name, spec]) => [name, roleOf(spec)]))
  checkNames(topology, clientVariables.cl, choice.cl, Object.keys(cls))
  checkNames(topology, clientVariables.el, choice.el, [...Object.keys(topology.els), ...Object.keys(cls)])
  const pick = (kinds: KindChoice, keys: readonly (string | undefined)[]) =>
    [...keys, '*'].flatMap((key) => (key === undefined ? [] : (kinds.get(key) ?? []))).at(0)
  const chosen = <Spec extends ClSpec | ElSpec>(spec: Spec, kind: string | undefined): Spec =>
    kind === undefined ? spec : { ...spec, kind }
  return {
    ...topology,
    // Only the kinds change: the names stay what they were.
    cls: Object.fromEntries(
      Object.entries(cls).map(([name, spec]) => [
        name,
        chosen(spec, pick(choice.cl, [name, roles.get(name)])),
      ]),
    ) as Topology<Cl>['cls'],
    els: Object.fromEntries(
      Object.entries(topology.els).map(([name, spec]) => {
        const driver = driverOf(topology, name)
        const role = driver === undefined ? undefined : roles.get(driver)
        return [name, chosen(spec, pick(choice.el, [name, driver, role]))]
      }),
    ),
  }
}

/**
 * The ports that the topology's attached nodes serve on, by name.
 * @throws ClientChoiceError when a choice names nothing that the topology has, or one address for several nodes.
 */
export function attachedNodes(topology: Topology, attached: Attached): ReadonlyMap<string, number> {
  const cls: Readonly<Record<string, ClSpec>> = topology.cls
  const { attached: variable } = clientVariables
  checkNames(topology, variable, attached, Object.keys(cls))
  const nodes = new Map<string, number>()
  for (const [asked, port] of attached) {
    const names = Object.hasOwn(cls, asked)
      ? [asked]
      : Object.entries(cls).flatMap(([name, spec]) => (roleOf(spec) === asked ? [name] : []))
    if (names.length > 1)
      throw new ClientChoiceError(
        `${variable}: ${asked} is one address, and topology ${topology.name} has ${names.join(' and ')}; give each its own by name`,
      )
    for (const name of names) nodes.set(name, port)
  }
  return nodes
}

/** Roles are the same in every topology; another name must be one of this one. Topologies differ, so a role may be absent. */
function checkNames(
  { name: topology }: Topology,
  variable: string,
  asked: ReadonlyMap<string, unknown>,
  names: readonly string[],
): void {
  for (const name of asked.keys()) {
    if (name === '*' || names.includes(name) || clRoles.includes(name as ClRole)) continue
    const all = [...new Set([...names, ...clRoles])]
    throw new ClientChoiceError(
      `${variable}: topology ${topology} has no ${name}${didYouMean(name, all) || '.'} There are ${all.join(', ')}`,
    )
  }
}

/** `kind`, or `name=kind` separated by commas. */
function parseKinds(source: string, text: string): KindChoice {
  const kinds = new Map<string, string>()
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '') continue
    const [name = '', kind, ...more] = part.includes('=') ? part.split('=') : ['*', part]
    if (name === '' || kind === undefined || kind === '' || more.length > 0)
      throw new ClientChoiceError(
        `${source}: expected a kind or role=kind, separated by commas, found ${JSON.stringify(part)}`,
      )
    if (kinds.has(name))
      throw new ClientChoiceError(
        `${source}: ${name === '*' ? 'every node' : name} is given two kinds, ${kinds.get(name)} and ${kind}`,
      )
    kinds.set(name, kind)
  }
  return kinds
}

/** Words separated by spaces; quotes keep spaces. */
export function splitCommand(text: string): readonly string[] {
  const words = text.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)
  return Array.from(words, ([word]) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'))
}
