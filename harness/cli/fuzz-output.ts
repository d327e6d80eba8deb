import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Case, formatCase } from '../cases/case.ts'
import type { CampaignResult } from '../fuzz/result.ts'
import type { Shard } from '../fuzz/seeds.ts'
import type { EngineKind } from '../world/engine-kind.ts'

/**
 * Writes the case of a failure, and returns the lines that tell of it.
 * @param seed what to call it, for people.
 */
export function writeFailure(out: string, seed: string, failure: Case, foundWith: EngineKind): string {
  const file = join(out, `${failure.name}.json`)
  writeFileSync(file, formatCase(failure))
  const lines = [
    `${seed}: ${failure.violates?.reason}: ${failure.violates?.found.split('\n')[0]}`,
    `  npx lockstep replay ${file} --engine ${failure.engine ?? 'real'}`,
    ...(foundWith === 'model' ? [`  ${confirmation(failure.engine)}`] : []),
  ]
  return `${lines.join('\n')}\n`
}

/** Writes the result of a shard: those of all shards merge. */
export function writeResult(
  out: string,
  first: number,
  { index, count }: Shard,
  result: CampaignResult,
): void {
  writeFileSync(join(out, `result-${first}-${index}of${count}.json`), `${JSON.stringify(result, null, 1)}\n`)
}

/** What became of a failure that was found with the model engine. */
function confirmation(engine: EngineKind | undefined): string {
  return engine === 'model'
    ? 'found with the model engine alone: the same seed violates nothing, or something else, with --engine real'
    : 'found with the model engine, confirmed with the real engine core'
}
