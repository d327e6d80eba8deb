import type { Case } from '../cases/case.ts'
import type { Setting } from './deed-kinds.ts'
import type { Draw } from './draw.ts'

export const nameOfSeed = (seed: string) => `seed-${seed.replaceAll(/[^\w-]/g, '-')}`.slice(0, 80)

/** What deeds of that world are drawn for. */
export function settingOf(
  { topology, parameters }: Pick<Case, 'topology' | 'parameters'>,
  draw: Draw,
): Setting {
  const finality = (parameters.l1SafeDistance ?? 1) + (parameters.l1FinalizedDistance ?? 1)
  return {
    ...{ draw, topology, l2BlockTime: parameters.l2BlockTime ?? 2 },
    reorgDepthMax: Math.max(1, finality - 1),
    forks: parameters,
  }
}
