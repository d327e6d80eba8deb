import { describe, expect, it } from 'vitest'
import { JsonRpcError, JsonRpcTransportError } from '../json-rpc/errors.ts'
import { isAbsence, orAbsent } from './absence.ts'

describe('absence told as an error', () => {
  it.each<[string, number, string]>([
    ['op-geth, label', -32000, 'safe block not found'],
    ['op-geth, label', -32000, 'finalized block not found'],
    ['geth, label', -32000, 'unknown block'],
    ['geth, number', -32000, 'header not found'],
    ['geth, hash', -32000, 'header for hash not found'],
    ['geth, receipts', -32000, 'block not found'],
    ['reth, label', -39001, 'Unknown block'],
    ['reth, hash', -32001, `block not found: hash 0x${'ab'.repeat(32)}`],
    ['reth, number', -32001, 'header not found: 0x10'],
    ['by code alone', -39001, 'no such thing'],
    ['nethermind', -32001, `Block 0x${'ab'.repeat(32)} could not be found, block not found`],
    ['erigon', -32000, `block 0x${'ab'.repeat(32)} not found`],
    ['anvil, fork', -32000, 'BlockNotFound: block number 12 was not found'],
  ])('%s: %d %s', async (_, code, message) => {
    expect(isAbsence(new JsonRpcError(code, message))).toBe(true)
    expect(await orAbsent(Promise.reject(new JsonRpcError(code, message)))).toBeNull()
  })

  it.each<[string, Error]>([
    ['a method that is missing', new JsonRpcError(-32601, 'method not found')],
    ['the same in other words', new JsonRpcError(-32000, 'the method eth_getBlockReceipts is not available')],
    [
      'a state that was pruned',
      new JsonRpcError(-32000, 'missing trie node 0xab (path ) state is not available'),
    ],
    ['pruned history', new JsonRpcError(4444, 'pruned history unavailable')],
    ['a limit', new JsonRpcError(-32005, 'daily request count exceeded')],
    ['an upstream that is missing', new JsonRpcError(-32000, 'no backend: host not found')],
    ['a proxy’s page', new JsonRpcTransportError('HTTP 404: block not found', { status: 404 })],
    ['another error', new Error('block not found')],
  ])('%s is an error', async (_, error) => {
    expect(isAbsence(error)).toBe(false)
    await expect(orAbsent(Promise.reject(error))).rejects.toBe(error)
  })

  it('passes on answers, and takes one without a result for null', async () => {
    expect(await orAbsent(Promise.resolve([]))).toEqual([])
    expect(await orAbsent(Promise.resolve(undefined))).toBeNull()
  })
})
