import { expect, it } from 'vitest'
import { startJsonRpcServer } from '../../node/json-rpc/http-server.ts'
import { zeroL1BlockRef, zeroL2BlockRef } from '../../node/protocol/refs.ts'
import { syncStatusToJson } from '../../node/protocol/sync-status-json.ts'
import { attach } from './up-attach.ts'

it('shows a node that runs and one that does not, asks and changes nothing, and keeps the last state', async () => {
  const asked = new Set<string>()
  const l2 = { ...zeroL2BlockRef, number: 12n, hash: `0x${'ab'.repeat(32)}` } as const
  const status = {
    ...{ currentL1: zeroL1BlockRef, currentL1Finalized: zeroL1BlockRef, headL1: zeroL1BlockRef },
    ...{ safeL1: zeroL1BlockRef, finalizedL1: zeroL1BlockRef, unsafeL2: l2, localSafeL2: l2, safeL2: l2 },
    ...{ crossUnsafeL2: l2, finalizedL2: l2, pendingSafeL2: l2 },
  }
  const methods = {
    get(method: string) {
      asked.add(method)
      return method === 'optimism_syncStatus' ? () => syncStatusToJson(status) : undefined
    },
  }
  const server = await startJsonRpcServer({ host: '127.0.0.1', port: 0, methods })
  const gone = await startJsonRpcServer({ host: '127.0.0.1', port: 0, methods })
  await gone.close()
  const stop = new AbortController()
  let text = ''
  try {
    await attach({
      cls: [
        { name: 'mine', url: server.url },
        { name: 'gone', url: gone.url },
      ],
      ...{ els: [], l1Url: null, json: false, signal: stop.signal },
      output: {
        isTTY: true,
        write(written: string) {
          text = written
          if (written.includes('12:aba') && written.includes('away: unreachable'))
            stop.abort(new Error('stopped'))
          return true
        },
      },
    })
  } finally {
    await server.close()
  }
  expect(text).toMatch(/^mine +12:aba +12:aba +12:aba/m)
  expect(text).toMatch(/^gone .*away: unreachable/m)
  expect(
    [...asked].filter((method) => !/^(optimism_syncStatus|optimism_version|opp2p_peers)$/.test(method)),
  ).toEqual([])
})
