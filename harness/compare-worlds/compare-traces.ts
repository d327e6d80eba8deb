import type { WorldTrace } from './world-trace.ts'

/** What one comparison came to. */
export interface Finding {
  readonly what: string
  /** `explained`: they differ, for a reason that is known and shown. */
  readonly verdict: 'agrees' | 'explained' | 'differs'
  readonly found: string
}

/**
 * Compares a live run with a simulated one whose L1 began at the same time. Equal are: the follow cases but for who was
 * first, gossip or the source; which L2 blocks an L1 block has; and every hash, until L1 itself differs.
 */
export function compareTraces(live: WorldTrace, sim: WorldTrace): readonly Finding[] {
  const followers = [...new Set([...live.cases.keys(), ...sim.cases.keys()])].sort()
  return [
    ...followers.map((name) => compareCases(name, live.cases.get(name) ?? [], sim.cases.get(name) ?? [])),
    {
      what: 'L1 reorgs',
      verdict: live.reorgs === sim.reorgs ? 'agrees' : 'differs',
      found: `${live.reorgs} live, ${sim.reorgs} simulated`,
    },
    compareOrigins(live, sim),
    compareHashes(live, sim),
  ]
}

/** Whoever hears a block by gossip first consolidates (3) what it would have adopted (1): latency decides which. */
const timed = new Set(['1', '3'])

function compareCases(name: string, live: readonly string[], sim: readonly string[]): Finding {
  const what = `follow cases of ${name}`
  const text = (cases: readonly string[]) => cases.join(' ') || 'none'
  if (text(live) === text(sim)) return { what, verdict: 'agrees', found: text(live) }
  const found = `live ${text(live)}; simulated ${text(sim)}`
  const decided = (cases: readonly string[]) => cases.filter((one) => !timed.has(one))
  const kinds = (cases: readonly string[]) =>
    text(decided(cases).filter((one, index, all) => one !== all[index - 1]))
  if (kinds(live) !== kinds(sim)) return { what, verdict: 'differs', found }
  const byLatency = `${found}; the same but for 1 and 3, of which latency decides: whether a block came by gossip or from the source`
  return {
    ...{ what, verdict: 'explained' },
    found:
      text(decided(live)) === text(decided(sim))
        ? byLatency
        : `${byLatency}, and for how often the others come again between them: as often as something became safe meanwhile`,
  }
}

/** The last L2 block of each L1 block that both runs saw: its heads per L1 block. */
function compareOrigins(live: WorldTrace, sim: WorldTrace): Finding {
  const what = 'L2 heads per L1 block'
  const common = [...live.l2.keys()].filter((number) => sim.l2.has(number)).sort((a, b) => a - b)
  const other = common.filter((number) => live.l2.get(number)?.origin !== sim.l2.get(number)?.origin)
  const [first] = other
  if (first === undefined)
    return {
      what,
      verdict: common.length > 0 ? 'agrees' : 'differs',
      found: `${common.length} blocks in both`,
    }
  const [a, b] = [live.l2.get(first)?.origin, sim.l2.get(first)?.origin]
  const found = `${other.length} of ${common.length} blocks; first L2 block ${first}: origin ${a} live, ${b} simulated`
  // A sequencer that sees an L1 block a moment late takes it an L2 block later.
  const isOneOff = other.every(
    (number) => Math.abs((live.l2.get(number)?.origin ?? 0) - (sim.l2.get(number)?.origin ?? 0)) <= 1,
  )
  if (isOneOff)
    return {
      ...{ what, verdict: 'explained' },
      found: `${found}; one L1 block apart, as when the sequencer sees it a moment later`,
    }
  // A block that is built late takes the newest origin that its own time allows: how late is a matter of the machine.
  const lateMsOf = (number: number) => [live.l2.get(number)?.lateMs ?? 0, sim.l2.get(number)?.lateMs ?? 0]
  const isLate =
    live.blockTimeMs > 0 && other.every((number) => Math.max(...lateMsOf(number)) > live.blockTimeMs)
  const [liveMs, simMs] = lateMsOf(first)
  return isLate
    ? {
        ...{ what, verdict: 'explained' },
        found: `${found}; each of them was built late, the first ${liveMs} ms live and ${simMs} ms simulated, while the sequencer made up for the time of its boot: it takes the newest origin that it may`,
      }
    : { what, verdict: 'differs', found }
}

function compareHashes(live: WorldTrace, sim: WorldTrace): Finding {
  const what = 'hashes'
  const firstL1 = [...live.l1.keys()]
    .filter((number) => sim.l1.has(number))
    .sort((a, b) => a - b)
    .find((number) => live.l1.get(number) !== sim.l1.get(number))
  const common = [...live.l2.keys()].filter((number) => sim.l2.has(number)).sort((a, b) => a - b)
  const equal = common.filter((number) => live.l2.get(number)?.hash === sim.l2.get(number)?.hash)
  const firstL2 = common.find((number) => live.l2.get(number)?.hash !== sim.l2.get(number)?.hash)
  const counted = `${equal.length} of ${common.length} L2 blocks are the same`
  if (firstL2 === undefined)
    return { what, verdict: common.length > 0 ? 'agrees' : 'differs', found: counted }
  const blocks = [live.l2.get(firstL2), sim.l2.get(firstL2)]
  const differs = `${counted}; the first other one is ${firstL2}, with the origins ${blocks.map((block) => block?.origin).join(' and ')}`
  if (blocks[0]?.origin !== blocks[1]?.origin)
    return { what, verdict: 'explained', found: `${differs}, which are others` }
  return firstL1 !== undefined && (blocks[0]?.origin ?? 0) >= firstL1
    ? {
        ...{ what, verdict: 'explained' },
        found: `${differs}; L1 block ${firstL1} is the first that differs: when a batch is sent, and what it holds, is a matter of the clock`,
      }
    : { what, verdict: 'differs', found: `${differs}, and L1 is the same there` }
}
