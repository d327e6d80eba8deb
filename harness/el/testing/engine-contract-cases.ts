import type { Hash } from 'viem'
import { type Answers, type ContractStand, forged, headOnly } from './engine-contract.ts'

/** What is done, and what every engine must answer. */
export interface ContractCase {
  readonly name: string
  run(stand: ContractStand, says: Answers): Promise<void>
  readonly answers: readonly string[]
}

const unknown: Hash = `0x${'ee'.repeat(32)}`
const hashOf = ({ payload }: { readonly payload: { readonly blockHash: Hash } }) => payload.blockHash

/** Sources: execution-apis, engine/paris.md to prague.md; specs/protocol/exec-engine.md; geth where they leave a choice. */
export const engineContract: readonly ContractCase[] = [
  {
    name: 'builds a block, takes it and makes it the head',
    async run({ genesis, attributes }, says) {
      await says.update(headOnly(genesis), attributes(2))
      const a = await says.built('a', genesis, attributes(2))
      await says.labels()
      await says.payload(a)
      await says.labels()
      await says.update(headOnly(hashOf(a), genesis, genesis))
      await says.labels()
      await says.payload(a)
    },
    answers: [
      'update genesis: VALID genesis, job',
      'latest genesis, safe nothing, finalized nothing',
      'payload a: VALID a',
      'latest genesis, safe nothing, finalized nothing',
      'update a: VALID a',
      'latest a, safe genesis, finalized genesis',
      'payload a: VALID a',
    ],
  },
  {
    name: 'gives equal attributes one job and others another, and knows no job of its own making',
    async run({ genesis, attributes, engine: { api } }, says) {
      const job = async (salt: number) =>
        (await api.forkchoiceUpdated(headOnly(genesis), attributes(2, { salt }))).payloadId
      const [first, same, other] = [await job(0), await job(0), await job(1)]
      await says.says(async () => `${first === same} ${first === other}`)
      await says.says(async () => hashOf(await api.getPayload('0x0123456789abcdef', attributes(2).timestamp)))
    },
    answers: ['true false', 'error -38001'],
  },
  {
    name: 'puts what waits in the pool into a block, and nothing of it where the attributes say so',
    async run({ genesis, attributes, transfer, engine }, says) {
      const raw = await transfer(0)
      const given = attributes(2)
      const count = async (over: object) =>
        `${(await says.built('a', genesis, { ...given, ...over })).payload.transactions.length} transactions`
      await engine.send(raw)
      await says.says(() => count({ noTxPool: true }))
      await says.says(() => count({}))
      await says.says(() => count({ noTxPool: true, transactions: [...given.transactions, raw] }))
    },
    answers: ['1 transactions', '2 transactions', '2 transactions'],
  },
  {
    name: 'refuses a payload that breaks a rule, and what stands on it',
    async run({ genesis, attributes }, says) {
      const a = await says.added('a', genesis, attributes(2))
      const b = await says.built('b', hashOf(a), attributes(4))
      const wrong = (name: string, over: Parameters<typeof forged>[1]) => says.name(forged(b, over), name)
      await says.payload({ ...b, payload: { ...b.payload, blockHash: unknown } })
      for (const [name, over] of Object.entries({
        stateRoot: { stateRoot: unknown },
        receiptsRoot: { receiptsRoot: unknown },
        gasUsed: { gasUsed: b.payload.gasUsed + 1n },
        gasLimit: { gasUsed: 1n, gasLimit: 0n },
        baseFee: { baseFeePerGas: b.payload.baseFeePerGas + 1n },
        number: { blockNumber: 7n },
        timestamp: { timestamp: a.payload.timestamp },
        extraData: { extraData: '0x' as const },
        withdrawalsRoot: { withdrawalsRoot: unknown },
        transaction: { transactions: ['0x7eff'] as const },
        none: { transactions: [] },
        deposit: { transactions: [b.payload.transactions[0]!, '0x02c0'] as const },
      }))
        await says.payload(wrong(name, over))
      const bad = wrong('bad', { stateRoot: unknown })
      const child = says.name(forged(b, { parentHash: hashOf(bad), blockNumber: 3n }), 'child')
      await says.payload(child)
      await says.update(headOnly(hashOf(bad)))
      await says.update(headOnly(hashOf(child)))
      await says.payload(b)
      await says.labels()
    },
    answers: [
      'payload unnamed: INVALID nothing',
      ...['stateRoot', 'receiptsRoot', 'gasUsed', 'gasLimit', 'baseFee', 'number', 'timestamp'].map(
        (name) => `payload ${name}: INVALID a`,
      ),
      ...['extraData', 'withdrawalsRoot', 'transaction', 'none', 'deposit'].map(
        (name) => `payload ${name}: INVALID a`,
      ),
      ...['payload child: INVALID a', 'update bad: INVALID a', 'update child: INVALID a'],
      ...['payload b: VALID b', 'latest a, safe nothing, finalized nothing'],
    ],
  },
  {
    name: 'refuses attributes that it cannot build with, after it has moved the head',
    async run({ genesis, attributes, transfer }, says) {
      const a = await says.added('a', genesis, attributes(2))
      await says.update(headOnly(genesis))
      const on = headOnly(hashOf(a))
      const good = attributes(4)
      const { parentBeaconBlockRoot: _, ...rootless } = good
      const { withdrawals: __, ...withoutWithdrawals } = good
      for (const wrong of [
        attributes(2),
        rootless,
        withoutWithdrawals,
        { ...good, transactions: ['0x7eff' as const] },
        { ...good, transactions: [await transfer(0), ...good.transactions] },
        { ...good, transactions: [...good.transactions, await transfer(5)] },
        { ...good, transactions: [] },
        { ...good, eip1559Params: '0x0000000000000001' as const },
      ])
        await says.update(on, wrong)
      await says.labels()
      await says.update(on, good)
    },
    answers: [
      'update genesis: VALID genesis',
      ...Array.from({ length: 8 }, () => 'error -38003'),
      'latest a, safe nothing, finalized nothing',
      'update a: VALID a, job',
    ],
  },
  {
    name: 'remembers a payload whose parent it lacks, and does not move to a head that it lacks',
    async run({ genesis, attributes, peer, engine }, says) {
      const a = await says.added('a', genesis, attributes(2), peer)
      const b = await says.added('b', hashOf(a), attributes(4), peer)
      await says.payload(b, engine)
      await says.update(headOnly(hashOf(b)))
      await says.update(headOnly(unknown))
      await says.update(headOnly(`0x${'00'.repeat(32)}`))
      await says.labels()
      await says.payload(a)
      await says.payload(b)
      await says.update(headOnly(hashOf(b)))
    },
    answers: [
      ...['payload b: SYNCING nothing', 'update b: SYNCING nothing', 'update unnamed: SYNCING nothing'],
      ...['update unnamed: INVALID nothing', 'latest genesis, safe nothing, finalized nothing'],
      ...['payload a: VALID a', 'payload b: VALID b', 'update b: VALID b'],
    ],
  },
  {
    name: 'changes nothing where safe or finalized do not belong to the head',
    async run({ genesis, attributes }, says) {
      const a = await says.added('a', genesis, attributes(2))
      const b = await says.added('b', hashOf(a), attributes(4))
      const other = await says.built('other', genesis, attributes(2, { salt: 1 }))
      await says.payload(other)
      await says.update(headOnly(hashOf(b), hashOf(a), genesis))
      await says.update(headOnly(hashOf(b), hashOf(other)))
      await says.update(headOnly(hashOf(b), hashOf(b), unknown))
      await says.update(headOnly(hashOf(a), hashOf(b)))
      await says.update(headOnly(hashOf(other), hashOf(a)))
      await says.labels()
      // Nothing named: each stays.
      await says.update(headOnly(hashOf(b)))
      await says.labels()
    },
    answers: [
      ...['payload other: VALID other', 'update b: VALID b'],
      ...['error -38002', 'error -38002', 'error -38002', 'error -38002'],
      ...['latest b, safe a, finalized genesis', 'update b: VALID b', 'latest b, safe a, finalized genesis'],
    ],
  },
  {
    name: 'goes to a side chain and back, moves labels alone on a canonical head, and builds below its head',
    async run({ genesis, attributes }, says) {
      const a = await says.added('a', genesis, attributes(2))
      const b = await says.added('b', hashOf(a), attributes(4))
      await says.update(headOnly(hashOf(a), hashOf(a)))
      await says.labels()
      const c = await says.built('c', genesis, attributes(2, { salt: 1 }))
      await says.payload(c)
      await says.update(headOnly(hashOf(c)))
      await says.labels()
      const d = await says.built('d', hashOf(c), attributes(4))
      await says.payload(d)
      await says.update(headOnly(hashOf(d), hashOf(c)))
      await says.labels()
      await says.update(headOnly(hashOf(b), hashOf(a)))
      await says.labels()
    },
    answers: [
      ...['update a: VALID a', 'latest b, safe a, finalized nothing', 'payload c: VALID c'],
      ...['update c: VALID c', 'latest c, safe a, finalized nothing', 'payload d: VALID d'],
      ...['update d: VALID d', 'latest d, safe c, finalized nothing'],
      ...['update b: VALID b', 'latest b, safe a, finalized nothing'],
    ],
  },
  {
    name: 'forgets side chains below what is finalized',
    async run({ genesis, attributes }, says) {
      const a = await says.added('a', genesis, attributes(2))
      const side = await says.built('side', genesis, attributes(2, { salt: 1 }))
      await says.payload(side)
      const b = await says.added('b', hashOf(a), attributes(4))
      await says.update(headOnly(hashOf(b), hashOf(b), hashOf(b)))
      await says.update(headOnly(hashOf(side)))
      await says.labels()
    },
    answers: [
      ...['payload side: VALID side', 'update b: VALID b', 'update side: SYNCING nothing'],
      'latest b, safe b, finalized b',
    ],
  },
  {
    name: 'syncs from a peer to a head that it lacks',
    async run({ genesis, attributes, peer, engine, connect, wait }, says) {
      let head = genesis
      for (let block = 1; block <= 5; block++)
        head = hashOf(await says.added(`p${block}`, head, attributes(2 * block), peer))
      await says.update(headOnly(head), undefined, engine)
      await connect()
      await says.update(headOnly(head))
      await wait(10_000)
      await says.update(headOnly(head, genesis, genesis))
      await says.labels()
    },
    answers: [
      ...['update p5: SYNCING nothing', 'update p5: SYNCING nothing', 'update p5: VALID p5'],
      'latest p5, safe genesis, finalized genesis',
    ],
  },
  {
    name: 'keeps its chain over a restart, and loses it when it is wiped',
    async run({ genesis, attributes, engine }, says) {
      const a = await says.added('a', genesis, attributes(2))
      const b = await says.built('b', hashOf(a), attributes(4))
      await says.update(headOnly(hashOf(a), hashOf(a), genesis))
      await engine.restart()
      await says.labels()
      await says.payload(b)
      const side = await says.built('side', genesis, attributes(2, { salt: 1 }))
      await says.payload(side)
      await says.update(headOnly(hashOf(side)))
      await engine.restart()
      await says.labels()
      await engine.wipe()
      await says.labels()
      await says.update(headOnly(hashOf(a)))
      await says.payload(b)
      await says.payload(a)
    },
    answers: [
      ...['update a: VALID a', 'latest a, safe a, finalized genesis', 'payload b: VALID b'],
      ...['payload side: VALID side', 'update side: VALID side', 'latest side, safe a, finalized genesis'],
      ...['latest genesis, safe nothing, finalized nothing', 'update a: SYNCING nothing'],
      ...['payload b: SYNCING nothing', 'payload a: VALID a'],
    ],
  },
  {
    name: 'accepts a payload whose parent has lost its state, and executes again what leads there once it is the head',
    async run({ genesis, attributes }, says) {
      const a = await says.added('a', genesis, attributes(2))
      const late = await says.built('late', hashOf(a), attributes(4, { salt: 1 }))
      const later = await says.built('later', hashOf(a), attributes(4, { salt: 3 }))
      let head = hashOf(a)
      for (let block = 2; block <= 135; block++)
        head = hashOf(await says.added('tip', head, attributes(2 * block)))
      await says.payload(late)
      await says.update(headOnly(head, head, head))
      await says.payload(later)
      await says.update(headOnly(hashOf(later)))
      await says.built('next', hashOf(later), attributes(6))
      await says.labels()
    },
    answers: [
      ...['payload late: VALID late', 'update tip: VALID tip'],
      ...['payload later: ACCEPTED nothing', 'update later: SYNCING nothing'],
      'latest later, safe tip, finalized tip',
    ],
  },
]
