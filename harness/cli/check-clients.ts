import { didYouMean } from '../../node/config/flags-nearest.ts'
import type { ChosenClients } from '../clients/chosen-clients.ts'
import { ProgramMissingError } from '../clients/program-source.ts'
import { UnknownClientError } from '../clients/registry.ts'
import { driverVariable } from '../drivers/placement.ts'
import type { ScenarioDescription } from '../dsl/scenario-record.ts'
import { type ClRole, clRoles } from '../world/role.ts'
import { splitAt } from './arguments.ts'
import { askClients } from './client-arguments.ts'
import { type ClientChoiceFlag, clientOrigin, type WrittenClients } from './client-origin.ts'
import { UsageError } from './usage-error.ts'

/** A scenario, or what else boots a topology. */
export type Slots = Pick<ScenarioDescription, 'slots' | 'engines'> & { readonly name: string }

/**
 * Whether the clients that flags, configuration and environment choose can stand in what is about to run: before anything
 * does. A role that only some of it has is well: a run of many scenarios has several topologies.
 * @param options.programs whether programs are started here, which must be there then.
 * @throws UsageError in one sentence that names the flag, the file or the variable that says it.
 */
export async function checkClients(
  all: readonly Slots[],
  written: WrittenClients,
  { programs }: { readonly programs: boolean },
): Promise<void> {
  const origin = clientOrigin(written)
  const clients = await askClients((chosen) => chosen, origin)
  const { cl, el, attached } = clients.choice
  const nodes = ({ slots }: Slots) => Object.keys(slots)
  const nodesAndEngines = (one: Slots) => [...one.engines, ...nodes(one)]
  const check = (
    what: ClientChoiceFlag,
    asked: Iterable<string>,
    names: (one: Slots) => readonly string[],
  ) => {
    for (const name of asked) checkName(all, name, { where: origin.choice(what), names })
  }
  check('cl', cl.keys(), nodes)
  check('el', el.keys(), nodesAndEngines)
  check('at', attached.keys(), nodes)
  for (const name of attached.keys()) checkOneAddress(all, name, origin.choice('at'))
  if (!programs || process.env[driverVariable] === 'docker') return

  const refused = (kind: string, error: unknown, choice: string) => {
    if (!(error instanceof ProgramMissingError || error instanceof UnknownClientError)) return error
    return error instanceof ProgramMissingError && clients.choice.programs.has(kind)
      ? new UsageError(`${origin.program(kind)}: ${error.found}`)
      : new UsageError(`${choice}: ${error.message}`)
  }
  const find = (slot: 'cl' | 'el', kind: string, choice: string) => {
    try {
      clients[slot](kind)
    } catch (error) {
      throw refused(kind, error, choice)
    }
  }
  for (const kind of new Set(all.flatMap((one) => chosenNodes(one, clients))))
    find('cl', kind, origin.choice('cl'))
  for (const kind of new Set(all.flatMap((one) => chosenEngines(one, clients))))
    find('el', kind, origin.choice('el'))
  // What somebody typed is meant, whether anything runs it or not.
  for (const [flag, texts] of Object.entries(written.bin))
    for (const text of texts) find(flag === '--el-bin' ? 'el' : 'cl', splitAt(text, '=')[0], flag)
}

/** @throws UsageError when nothing has it, or, for what is no role, when one of them has it not. */
function checkName(
  all: readonly Slots[],
  name: string,
  { where, names }: { readonly where: string; readonly names: (one: Slots) => readonly string[] },
): void {
  if (name === '*' || all.length === 0) return
  const isRole = clRoles.includes(name as ClRole)
  const has = (one: Slots) => names(one).includes(name) || Object.values<string>(one.slots).includes(name)
  const without = all.find((one) => !has(one))
  if (without === undefined || (isRole && all.some(has))) return
  const known = [...new Set([...names(without), ...Object.values(without.slots)])]
  throw new UsageError(
    `${where}: ${without.name} has no ${name}${didYouMean(name, known) || '.'} It has ${known.join(', ')}`,
  )
}

/** @throws UsageError when a role is several nodes, which cannot all listen there. */
function checkOneAddress(all: readonly Slots[], name: string, where: string): void {
  for (const { name: scenario, slots } of all) {
    const nodes = Object.keys(slots).filter((node) => slots[node] === name)
    if (!Object.hasOwn(slots, name) && nodes.length > 1)
      throw new UsageError(
        `${where}: ${name} is one address, and ${scenario} has ${nodes.join(' and ')}; give each its own by name`,
      )
  }
}

/** The kinds of consensus node that are chosen for it and started here. */
function chosenNodes({ slots }: Slots, { choice: { cl, attached } }: ChosenClients): readonly string[] {
  return Object.entries(slots).flatMap(([node, role]) => {
    if (attached.has(node) || attached.has(role)) return []
    return cl.get(node) ?? cl.get(role) ?? cl.get('*') ?? []
  })
}

/** The same of engines: one is named by itself, by its consensus node, or by that node's role. */
function chosenEngines({ slots, engines }: Slots, { choice: { el } }: ChosenClients): readonly string[] {
  const names = ['*', ...engines, ...Object.keys(slots), ...Object.values(slots)]
  return names.flatMap((name) => el.get(name) ?? [])
}
