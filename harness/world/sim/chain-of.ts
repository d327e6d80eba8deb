import { LruMap } from '../../el/execution/lru-map.ts'
import { deriveAccounts } from '../../genesis/accounts.ts'
import type { ChainParameters } from '../../genesis/chain-parameters.ts'
import { type GeneratedChain, generateChain } from '../../genesis/generate.ts'

/** Scenarios share a few; campaigns draw ever new ones. */
const chainsMax = 8
const chains = new LruMap<string, Promise<GeneratedChain>>(chainsMax)

/** The chain of these parameters: made once in this process, because that takes longer than most scenarios. */
export function chainOf(parameters: ChainParameters, genesisTime: bigint): Promise<GeneratedChain> {
  const key = JSON.stringify([parameters, genesisTime], (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  const known = chains.get(key) ?? generateChain(parameters, deriveAccounts(), genesisTime)
  chains.set(key, known)
  return known
}
