/**
 * The configuration of a folder with scenarios, `lockstep.config.ts`: `lockstep/config`.
 * @module
 */

/** What `lockstep.config.ts` says. A flag of the command line counts more. */
export interface LockstepConfig {
  /** Globs of files with scenarios, from the folder of the configuration. Default: `scenarios/**` with `.test.ts` and the like. */
  readonly scenarios?: readonly string[]
  /** Files that export clients of your own, made by `defineClient`. */
  readonly clients?: readonly string[]
  /** The kind of client in each consensus slot, as `--cl follower=op-node`. */
  readonly cl?: Readonly<Record<string, string>>
  /** The kind of client in each engine slot, as `--el follower-el=op-geth`. */
  readonly el?: Readonly<Record<string, string>>
  /** The executable of a kind, as `--cl-bin op-node=/opt/op-node`. */
  readonly bin?: Readonly<Record<string, string>>
  /** The longest that one scenario may take, in seconds. Default: from its block times. */
  readonly timeoutSeconds?: number
  /** How often a scenario that did not pass runs again; one that passes then is flaky. Default 0. */
  readonly retries?: number
  /** How many scenarios run at once. Default: one per core. */
  readonly workers?: number
}

/**
 * Gives a configuration its type.
 *
 * @example
 * ```ts
 * import { defineConfig } from 'lockstep/config'
 *
 * export default defineConfig({ retries: 1, cl: { follower: 'op-node' } })
 * ```
 */
export function defineConfig(config: LockstepConfig): LockstepConfig {
  return config
}
