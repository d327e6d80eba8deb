import type { NodeMode } from '../node-mode.ts'
import { createDelegatedDerivation } from './delegated.ts'

/** Follow mode: another node derives. No derivation stage is constructed. */
export const followMode: NodeMode = ({ follow, rollup }, ports, { engine, watcher }) => {
  const { followSource, l1, clock, random, logger, metrics } = ports
  if (follow === null || followSource === null)
    throw new Error('follow mode: expected a follow source and its port, found one of them or none')
  return createDelegatedDerivation({
    config: rollup,
    follow,
    source: followSource,
    l1,
    watcher,
    engine,
    clock,
    random,
    logger: logger.child({ actor: 'derivation' }),
    metrics,
  })
}
