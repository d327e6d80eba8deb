import type { Random } from '../../node/ports/random.ts'

/** Draws from randomness. */
export interface Draw {
  /** From 0 to below 1. */
  unit(): number
  /** An integer from `from` to `to`, both included. */
  int(from: number, to: number): number
  pick<T>(choices: readonly [T, ...T[]]): T
  chance(probability: number): boolean
}

export function createDraw(random: Random): Draw {
  const unit = () => {
    const [a = 0, b = 0, c = 0, d = 0] = random.bytes(4)
    return (a * 0x1000000 + b * 0x10000 + c * 0x100 + d) / 0x100000000
  }
  const int = (from: number, to: number) => from + Math.floor(unit() * (to - from + 1))
  return {
    unit,
    int,
    pick: (choices) => choices[int(0, choices.length - 1)] ?? choices[0],
    chance: (probability) => unit() < probability,
  }
}
