import { formatCase, parseCase } from '../../cases/case.ts'
import { printScenario } from '../../cases/print-scenario.ts'
import { runCase } from '../../cases/run-case.ts'
import type { WorldEvent } from '../../events/event.ts'
import { startSimWorld } from '../../world/sim/sim-world.ts'
import type { Bug } from '../bugs/bugs.ts'
import { shrinkRecording } from '../shrink/shrink-recording.ts'
import { runPrinted } from './run-printed.ts'

const deedsMax = 5

/**
 * What is wrong with the shrunk recording of an incident: few deeds show the same with the bug, our node passes them, and
 * the printed scenario runs as it was printed. Null: nothing.
 */
export async function checkShrink(
  name: string,
  incident: { readonly class: string; readonly bug: Bug },
  events: readonly WorldEvent[],
): Promise<string | null> {
  const shrunk = await shrinkRecording(events, { name: name.replaceAll(' ', '-'), bug: incident.bug })
  const { case: small, wanted, whole } = shrunk
  const text = printScenario(small)
  if (wanted === null || !wanted.reason.includes(incident.class) || whole?.reason !== wanted.reason)
    return `expected ${wanted?.reason} of ${incident.class}, found ${whole?.reason}: ${text}`
  if (small.deeds.length > Math.min(deedsMax, shrunk.deeds))
    return `expected at most ${deedsMax} deeds of ${shrunk.deeds}, found ${small.deeds.length}: ${text}`
  const read = parseCase(formatCase(small), 'x.json')
  const { violation } = await runCase(read, { startWorld: startSimWorld })
  if (violation !== null) return `expected our node to pass, found ${violation.reason}: ${text}`
  const output = await runPrinted(text)
  return /1 passed, 0 failed/.test(output)
    ? null
    : `expected the printed scenario to pass: ${text}\n${output}`
}
