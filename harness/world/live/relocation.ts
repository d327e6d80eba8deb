import type { BootContext } from './boot-context.ts'
import { chooseClPorts, chooseElPorts, localTargets, planLinks } from './endpoints.ts'

/** Gives a consensus node other ports, which nothing listens on, and leads every link to it there. It must be stopped. */
export async function relocateNode(context: BootContext, name: string): Promise<void> {
  const chosen = await chooseClPorts(context.ports)
  context.endpoints.cls.set(name, chosen)
  lead(context, name, chosen.p2p, Object.values(chosen))
}

/** The same for an execution engine. */
export async function relocateEngine(context: BootContext, name: string): Promise<void> {
  const chosen = await chooseElPorts(context.ports)
  context.endpoints.els.set(name, chosen)
  lead(context, name, chosen.peer, Object.values(chosen))
}

function lead(context: BootContext, name: string, peerPort: number, chosen: readonly number[]): void {
  context.registry.addPorts(chosen)
  for (const { name: link, target } of planLinks(context.topology, localTargets(context.endpoints))) {
    const found = context.links.get(link)
    if (found !== undefined && found.target !== target) found.retarget(target)
  }
  for (const [pair, link] of context.peerLinks)
    if (pair.split('↔').includes(name)) link.retarget(name, peerPort)
}
