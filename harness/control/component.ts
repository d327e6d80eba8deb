import { didYouMean } from '../../node/config/flags-nearest.ts'
import type { ClHandle, ElHandle, World } from '../world/world.ts'

/** A consensus node of the devstack. @throws RangeError that names the ones there are. */
export function nodeOf({ cls }: World, name: string): ClHandle {
  return cls.get(name) ?? refuse('node', name, [...cls.keys()])
}

/** A node or an engine, and what is to be done once it runs again. @throws RangeError that names the ones there are. */
export function componentOf(
  { cls, els }: World,
  name: string,
): Pick<ClHandle, 'name' | 'lifecycle'> & Partial<Pick<ElHandle, 'connectPeers'>> {
  return cls.get(name) ?? els.get(name) ?? refuse('component', name, [...cls.keys(), ...els.keys()])
}

/** The name of the node that builds blocks. @throws RangeError when there is none. */
export function sequencerOf({ cls, topology }: World): string {
  const found = [...cls.values()].find(({ spec }) => spec.sequencer !== undefined)
  if (found === undefined) throw new RangeError(`${topology.name} has no sequencing node`)
  return found.name
}

function refuse(what: string, name: string, names: readonly string[]): never {
  throw new RangeError(
    `there is no ${what} ${JSON.stringify(name.slice(0, 60))}${didYouMean(name, names) || '.'} There are ${names.join(', ')}`,
  )
}
