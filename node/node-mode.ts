import type { NodeConfig } from './config/node-config.ts'
import type { LocalDerivation } from './derivation/local.ts'
import type { EngineActor } from './engine/engine-actor.ts'
import type { DelegatedDerivation } from './follow/delegated.ts'
import type { L1Watcher } from './l1/l1-watcher.ts'
import type { NodePorts } from './node-ports.ts'
import type { RecoverKey } from './ports/recover-key.ts'
import type { SafeHeads } from './safe-heads/safe-heads.ts'

/** What a node's derivation works with, beside the ports. */
export interface NodeParts {
  readonly engine: EngineActor
  readonly watcher: L1Watcher
  readonly safeHeads: SafeHeads
}

/**
 * How a node gets its safe chain: `deriveMode` or `followMode`. Each is a module of its own, so that a node loads what its
 * mode needs and nothing of the other.
 */
export type NodeMode = (
  config: NodeConfig,
  ports: NodePorts,
  parts: NodeParts,
) => LocalDerivation | DelegatedDerivation

/** What the program opens for one mode alone. */
export interface ModeParts {
  readonly mode: NodeMode
  /** Of a node that reads batches: see `L1SourceOptions`. */
  readonly recoverKey: RecoverKey | undefined
  readonly ports: Pick<NodePorts, 'beacon' | 'decompressor' | 'followSource'>
}
