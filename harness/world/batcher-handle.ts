import type { Batcher } from '../batcher/batcher.ts'
import type { DataAvailability } from '../batcher/data-availability.ts'
import type { EventStream } from '../events/stream.ts'
import type { Account } from '../genesis/accounts.ts'
import type { BatcherHandle } from './world.ts'

export interface BatcherHandleOptions {
  readonly events: Pick<EventStream, 'record'>
  /** Makes a batcher that does nothing yet. */
  readonly startAs: (account: Account) => Promise<Batcher>
  readonly account: Account
  readonly useDataAvailability: (next: DataAvailability) => void
}

/** A batcher that is replaced when its account changes, and what ends it for good. */
export async function createBatcherHandle(
  options: BatcherHandleOptions,
): Promise<{ readonly handle: BatcherHandle; close(): Promise<void> }> {
  const { events, startAs } = options
  const note = (message: string) => events.record({ kind: 'note', component: 'batcher', message })
  let batcher = await startAs(options.account)
  return {
    handle: {
      get running() {
        return batcher.running
      },
      async start() {
        batcher.start()
        events.record({ kind: 'component', component: 'batcher', action: 'start' })
      },
      async stop() {
        events.record({ kind: 'component', component: 'batcher', action: 'stop' })
        await batcher.stop()
      },
      async useAccount(account) {
        const { running } = batcher
        await batcher.close()
        batcher = await startAs(account)
        note(`uses the account ${account.address}`)
        if (running) batcher.start()
      },
      useDataAvailability(next) {
        options.useDataAvailability(next)
        note(`puts batches into ${next}`)
      },
    },
    close: () => batcher.close(),
  }
}
