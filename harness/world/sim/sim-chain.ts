import { parseGenesis } from '../../el/execution/genesis.ts'
import { LruMap } from '../../el/execution/lru-map.ts'
import { deriveAccounts } from '../../genesis/accounts.ts'
import type { ChainParameters } from '../../genesis/chain-parameters.ts'
import { type GeneratedChain, generateChain, rollupTimes } from '../../genesis/generate.ts'
import type { EngineKind } from '../engine-kind.ts'
import { l1GenesisOf } from './memory-anvil.ts'
import { executionOf, type SimExecution } from './sim-execution.ts'

export interface SimChain extends GeneratedChain {
  execution(kind: EngineKind): Promise<SimExecution>
  l1Execution(): Promise<SimExecution>
}

/** Scenarios and campaigns share a few: of a forks' schedule and a time of genesis, mostly. */
const chainsMax = 8
const chains = new LruMap<string, Promise<SimChain>>(chainsMax)

/** The chain of these parameters. Its blocks 0 are made once in this process: that takes longer than most scenarios. */
export async function simChainOf(parameters: ChainParameters, genesisTime: bigint): Promise<SimChain> {
  const key = JSON.stringify([{ ...parameters, ...notInGenesis }, genesisTime], (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  const known = chains.get(key) ?? makeChain(parameters, genesisTime)
  chains.set(key, known)
  const chain = await known
  return { ...chain, rollup: { ...chain.rollup, ...rollupTimes(parameters) } }
}

/** What campaigns draw ever anew, and no block 0 depends on. */
const notInGenesis: { readonly [Key in keyof ChainParameters]?: undefined } = {
  ...{ l1BlockTime: undefined, l2BlockTime: undefined, l1SafeDistance: undefined },
  ...{ l1FinalizedDistance: undefined, seqWindowSize: undefined, maxSequencerDrift: undefined },
  ...{ channelTimeout: undefined, genesisAge: undefined },
}

async function makeChain(parameters: ChainParameters, genesisTime: bigint): Promise<SimChain> {
  const chain = await generateChain(parameters, deriveAccounts(), genesisTime)
  const genesis = parseGenesis(chain.l2Genesis)
  const made = new Map<EngineKind, Promise<SimExecution>>()
  let l1: Promise<SimExecution> | null = null
  return {
    ...chain,
    l1Execution() {
      l1 ??= executionOf.real(l1GenesisOf(parameters.l1ChainId, chain.l1State))
      return l1
    },
    execution(kind) {
      const known = made.get(kind) ?? executionOf[kind](genesis)
      made.set(kind, known)
      return known
    },
  }
}
