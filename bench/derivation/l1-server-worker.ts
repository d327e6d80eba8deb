import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import type { Hash } from 'viem'
import type { L1ServerData } from './l1-server.ts'

const { headers, blocks, receipts, latencyMs } = workerData as L1ServerData
let requests = 0

function answer(method: string, [block, full]: readonly [string, boolean]): string {
  if (method === 'eth_chainId') return '"0x384"'
  if (method === 'eth_getBlockReceipts') return receipts.get(block as Hash) ?? 'null'
  return (full ? blocks.get(block as Hash) : headers.get(block)) ?? 'null'
}

const server = createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8')
  request.on('data', (chunk: string) => {
    body += chunk
  })
  request.on('end', () => {
    requests++
    const { id, method, params } = JSON.parse(body)
    const reply = () => response.end(`{"jsonrpc":"2.0","id":${id},"result":${answer(method, params)}}`)
    response.setHeader('content-type', 'application/json')
    if (latencyMs === 0) reply()
    else setTimeout(reply, latencyMs)
  })
})
server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port))
parentPort?.on('message', () => {
  parentPort?.postMessage(requests)
  requests = 0
})
