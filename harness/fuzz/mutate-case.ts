import type { Case, Deed } from '../cases/case.ts'
import { isHostileFault } from '../faults/hostile-faults.ts'
import { createRandomStreams } from '../world/random-streams.ts'
import { type DeedKind, deedKinds, type Setting } from './deed-kinds.ts'
import { createDraw, type Draw } from './draw.ts'
import { fits, placed } from './draw-deeds.ts'
import { nameOfSeed, settingOf } from './setting.ts'

/** More would be no small change, and the file of a case holds no more than 500. */
const deedsMax = 60
const changesMax = 3

/**
 * Another case that is like it: deeds more, fewer, at another time, and the same again in the same world with other
 * randomness. What is drawn follows from the seed.
 */
export function mutateCase(parent: Case, seed: string): Case {
  const draw = createDraw(createRandomStreams(`campaign ${seed}`)('mutation'))
  let { deeds } = parent
  for (let count = draw.int(1, changesMax); count > 0; count--)
    deeds = draw.pick(changes)(deeds, { ...settingOf(parent, draw), faultsMs: parent.faultsMs })
  const inOrder = deeds.toSorted((a, b) => a.atMs - b.atMs).slice(0, deedsMax)
  return { ...parent, ...{ name: nameOfSeed(seed), what: `what seed ${seed} draws`, seed, deeds: inOrder } }
}

type Change = (deeds: Deed[], setting: Setting & { readonly faultsMs: number }) => Deed[]

const changes: readonly [Change, ...Change[]] = [more, more, again, fewer, moved]

/** A few close to one that is there: what comes together is what goes wrong together. */
function more(deeds: Deed[], setting: Setting & { readonly faultsMs: number }): Deed[] {
  const { draw, faultsMs } = setting
  const near = deeds.length === 0 ? draw.int(2_000, faultsMs) : deeds[draw.int(0, deeds.length - 1)]!.atMs
  const kinds = Object.keys(deedKinds) as [DeedKind, ...DeedKind[]]
  const plan = Array.from({ length: draw.int(1, 3) }, () => ({
    atMs: within(near + draw.int(-3_000, 6_000), faultsMs),
    kind: draw.pick(kinds),
  }))
  return placed(setting, plan, deeds)
}

function again(
  deeds: Deed[],
  { draw, faultsMs }: { readonly draw: Draw; readonly faultsMs: number },
): Deed[] {
  const one = deeds[draw.int(0, deeds.length - 1)]
  if (one === undefined || bearsOneDeed(one)) return deeds
  const other = { ...one, atMs: within(one.atMs + draw.int(1_000, 15_000), faultsMs) }
  return fits(other, deeds) ? [...deeds, other] : deeds
}

function fewer(deeds: Deed[], { draw }: { readonly draw: Draw }): Deed[] {
  return deeds.length < 2 ? deeds : deeds.toSpliced(draw.int(0, deeds.length - 1), 1)
}

/** Components and connections of peers bear one deed at a time, so that only what stands elsewhere is moved. */
function moved(
  deeds: Deed[],
  { draw, faultsMs }: { readonly draw: Draw; readonly faultsMs: number },
): Deed[] {
  const at = draw.int(0, deeds.length - 1)
  const one = deeds[at]
  if (one === undefined || bearsOneDeed(one)) return deeds
  const other = { ...one, atMs: within(one.atMs + draw.int(-8_000, 8_000), faultsMs) }
  return fits(other, deeds.toSpliced(at, 1)) ? deeds.with(at, other) : deeds
}

const bearsOneDeed = (deed: Deed): boolean =>
  deed.kind === 'fault' && !deed.point.includes('→') && !isHostileFault(deed.fault)

const within = (atMs: number, faultsMs: number) => Math.min(Math.max(atMs, 0), faultsMs - 1)
