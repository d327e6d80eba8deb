import { type EngineKind, engineKinds } from '../world/engine-kind.ts'
import { UsageError } from './usage-error.ts'

/** What `--engine` says. @throws UsageError naming what there is. */
export function engineOf(text: string): EngineKind {
  const kind = engineKinds.find((one) => one === text)
  if (kind === undefined)
    throw new UsageError(`--engine: expected ${engineKinds.join(' or ')}, found ${text}`)
  return kind
}
