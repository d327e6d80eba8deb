import { createKzg } from '../../../node/adapters/kzg/kzg.ts'
import { compressChannel } from '../../../node/adapters/zlib/compress-channel.ts'
import type { RollupConfig } from '../../../node/config/rollup-config.ts'
import { createHttpRpcClient } from '../../../node/json-rpc/http-client.ts'
import type { LogFields, Logger } from '../../../node/ports/logger.ts'
import { type Batcher, batcherRpcTimeoutMs, startBatcher } from '../../batcher/batcher.ts'
import type { DataAvailability } from '../../batcher/data-availability.ts'
import { batcherDefaults } from '../../batcher/defaults.ts'
import { l1Over } from '../../batcher/l1-transport.ts'
import { type LogFile, openLogFile } from '../../drivers/log-file.ts'
import type { Account, Accounts } from '../../genesis/accounts.ts'
import { recordBatcherEvent } from '../batcher-events.ts'
import { createBatcherHandle } from '../batcher-handle.ts'
import { ComponentError } from '../component-error.ts'
import { observationPeriodMs } from '../observation-period.ts'
import type { BatcherHandle } from '../world.ts'
import { type BootContext, linkUrl } from './boot-context.ts'
import type { ClComponent } from './components.ts'
import { linkName } from './endpoints.ts'

export interface BatcherSettings {
  readonly sequencer: ClComponent
  readonly accounts: Accounts
  readonly rollup: RollupConfig
}

/** The batcher, and what ends it for good. */
export interface OwnedBatcher {
  readonly handle: BatcherHandle
  close(): Promise<void>
}

/**
 * Makes the batcher of a system. It does nothing until it is started.
 * @throws ComponentError when L1 cannot be asked.
 */
export async function createBatcher(context: BootContext, settings: BatcherSettings): Promise<OwnedBatcher> {
  const { sequencer, accounts, rollup } = settings
  const { clock, events, parameters } = context
  const logPath = context.directory.logPath('batcher')
  const log = openLogFile(logPath, () => clock.nowMs())
  let dataAvailability: DataAvailability = context.topology.batcher?.dataAvailability ?? 'calldata'
  const rpc = (link: string) =>
    createHttpRpcClient({ url: linkUrl(context, link), timeoutMs: batcherRpcTimeoutMs })
  const kzg = createKzg()
  const startAs = ({ privateKey }: Account): Promise<Batcher> =>
    startBatcher({
      ...batcherDefaults,
      rollup,
      l1: l1Over(linkUrl(context, linkName.l1('batcher'))),
      l2: rpc(linkName.batcherEl(sequencer.el.name)),
      node: rpc(linkName.batcherSequencer(sequencer.name)),
      kzg,
      compress: compressChannel,
      privateKey,
      pollIntervalMs: observationPeriodMs(parameters),
      stopped: true,
      dataAvailability: () => dataAvailability,
      logger: logTo(log),
      clock,
      onEvent: (event) => recordBatcherEvent(events, event),
    })
  try {
    const batcher = await createBatcherHandle({
      ...{ events, startAs, account: accounts.batcher },
      useDataAvailability(next) {
        dataAvailability = next
      },
    })
    return {
      handle: batcher.handle,
      async close() {
        await batcher.close()
        await kzg.close()
        await log.close()
      },
    }
  } catch (error) {
    await kzg.close()
    await log.close()
    const why = error instanceof Error ? error.message : String(error)
    throw new ComponentError('batcher', `did not start: ${why}`, { logPath, cause: error })
  }
}

/** The Logger port on a log file: one line each, fields as JSON. */
function logTo(log: LogFile, base: LogFields = {}): Logger {
  const write =
    (level: string) =>
    (message: string, fields: LogFields = {}) => {
      const all = JSON.stringify({ ...base, ...fields }, (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value instanceof Error ? value.message : value,
      )
      log.line(`${level} ${message}${all === '{}' ? '' : ` ${all}`}`)
    }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => logTo(log, { ...base, ...fields }),
  }
}
