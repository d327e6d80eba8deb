import { isDeepStrictEqual } from 'node:util'
import { toFunctionSelector } from 'viem'
import { deriveAccounts } from '../genesis/accounts.ts'
import { twoVerifiersFollowing } from '../topologies.ts'
import type { Topology } from '../world/topology.ts'
import { type Case, type Deed, topologyOf } from './case.ts'
import { depositCall } from './deposit.ts'
import { setSignerSignature, strangerIndex } from './rotate-signer.ts'
import { inboxBlocksMax, inboxStrangerIndex, settlingL1Blocks } from './write-inbox.ts'
import { depositBytes, formatOf, junkBytes, strangerTransfer, unknownVersion } from './wrong-channel.ts'

/** A line of the scenario's body, and when its turn is. */
interface Act {
  readonly atMs: number
  readonly line: string
}

/** The case as a scenario that can be pasted: the same topology, and the same deeds at the same times. */
export function printScenario(one: Case): string {
  const names = Object.keys(one.topology.cls)
  const derives = names.find((name) => one.topology.cls[name]?.follows === undefined)
  const acts = one.deeds
    .flatMap((deed, index) => actsOf(deed, index, one.faultsMs))
    .sort((a, b) => a.atMs - b.atMs)
  const body = acts.map(({ atMs, line }) => `  await clock.at(start + ${atMs / 1000})\n  ${line}`)
  const topology = topologyOf(one)
  const usual = isUsual(topology)
  const hasFault = one.deeds.some(({ kind }) => kind === 'fault')
  const imported = [...(usual ? [] : ['defineTopology']), ...(hasFault ? ['faultFromJson'] : []), 'scenario']
  const ends = names
    .filter((name) => name !== derives)
    .map((name) => `  await ${name}.inSync(${derives}, 'localSafe')`)
  const lines = [...body, ...ends].join('\n')
  const fixtures = [...names, 'accounts', 'batcher', 'clock', 'inbox', 'l1', 'point', 'rollup']
  const used = fixtures.filter(
    (name) => name === 'clock' || new RegExp(`\\b${name}[.(]`).test(lines) || lines.includes(`(${name},`),
  )
  return `// ${inOneLine(one.what)}
// ${one.violates === null ? 'It must violate nothing.' : inOneLine(`${one.violates.reason}: ${one.violates.found.split('\n')[0]}`)}
import { ${imported.join(', ')} } from 'lockstep'
${usual ? "import { twoVerifiersFollowing } from 'lockstep/topologies'\n" : `\nconst topology = defineTopology(${literal(topology)})\n`}
scenario('${one.name}', { ${usual ? 'topology: twoVerifiersFollowing' : 'topology'} }, async ({ ${used.join(', ')} }) => {
  const start = Number(clock.now)
${[...body, `  await clock.at(start + ${one.faultsMs / 1000})`, ...ends].join('\n')}
})
`
}

/** What ends a line for JavaScript ends a comment: a text of a recording is somebody else's, and is not to be run. */
const inOneLine = (text: string) => text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')

const quoted = (text: string) =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`

/** Whether it is the topology that every example has, under another name. */
function isUsual(topology: Topology): boolean {
  return isDeepStrictEqual({ ...topology, name: '' }, { ...twoVerifiersFollowing, name: '' })
}

function actsOf(deed: Deed, index: number, faultsMs: number): Act[] {
  const { atMs } = deed
  const endMs = Math.min(faultsMs, 'forMs' in deed && deed.forMs !== undefined ? atMs + deed.forMs : faultsMs)
  switch (deed.kind) {
    case 'fault': {
      const fault = `fault${index + 1}`
      const made = `faultFromJson(${JSON.stringify(deed.fault)})`
      return [
        { atMs, line: `const ${fault} = await point(${quoted(deed.point)}).install(${made})` },
        { atMs: endMs, line: `await ${fault}.remove()` },
      ]
    }
    case 'l1-reorg': {
      const options = `{ to: '${deed.to}', transactions: '${deed.transactions}' }`
      return [{ atMs, line: `await l1.reorg((await l1.head()).number - ${deed.depth - 1}n, ${options})` }]
    }
    case 'l1-mine':
      return [{ atMs, line: `await l1.mine({ blocks: ${deed.blocks}, everySlot: true })` }]
    case 'l1-stop':
      return [
        { atMs, line: 'await l1.stopProduction()' },
        { atMs: endMs, line: 'l1.startProduction()' },
      ]
    case 'batcher-stop':
      return [
        { atMs, line: 'await batcher.stop()' },
        { atMs: endMs, line: 'await batcher.start()' },
      ]
    case 'sequencer-stop':
      return [
        { atMs, line: `await ${deed.node}.stopSequencer()` },
        { atMs: endMs, line: `await ${deed.node}.startSequencer()` },
      ]
    case 'signer-rotation':
      return [{ atMs, line: rotation }]
    case 'l1-deposit':
      return [{ atMs, line: depositOf(deed.user) }]
    case 'inbox':
      return [{ atMs, line: inboxOf(deed) }]
    case 'reset':
      return [{ atMs, line: `await ${deed.node}.resetPipeline()` }]
  }
}

const depositOf = (user: number) =>
  `await l1.sendTransaction(accounts.users[${user}]!, {
    to: rollup.depositContractAddress,
    value: 1n,
    data: '${depositCall(deriveAccounts().users[user]!)}',
  })`

/** As `writeInbox` does it. */
function inboxOf({ batchType, wrong }: Extract<Deed, { kind: 'inbox' }>): string {
  const stranger = `accounts.users[${inboxStrangerIndex}]`
  const { batchType: type, compression } = formatOf(wrong, batchType)
  const own = `'${strangerTransfer}'`
  const withOwn = `{ ...first!, transactions: [...first!.transactions, ${own}] }`
  const zero = `\`0x\${'0'.repeat(64)}\``
  const asBuilt = `[${withOwn}, ...others]`
  const blocks: Record<typeof wrong, string> = {
    ...{ sender: asBuilt, address: asBuilt, version: asBuilt, junk: asBuilt, format: asBuilt },
    ...{ compression: asBuilt, order: `[...others, ${withOwn}]` },
    early: `[{ ...${withOwn}, ref: { ...first!.ref, l1Origin: await l1.block(first!.ref.l1Origin.number + 1n), sequenceNumber: 0n } }]`,
    parent: `[{ ...${withOwn}, ref: { ...first!.ref, parentHash: ${zero} } }, ...others]`,
    epoch: `[{ ...${withOwn}, ref: { ...first!.ref, l1Origin: { ...first!.ref.l1Origin, hash: ${zero} } } }]`,
    deposit: `[{ ...first!, transactions: [...first!.transactions, '${depositBytes}'] }, ...others]`,
    activation: `[first!, ...others].map((block) =>
      block.ref.timestamp === rollup.forks.karst ? { ...block, transactions: [${own}] } : block)`,
    drift: `[first!, ...others].map((block, at) =>
      block.ref.timestamp > origins[at]!.timestamp + drift ? { ...block, transactions: [${own}] } : block)`,
  }
  const payload: Partial<Record<typeof wrong, string>> = {
    version: `inbox.payload(frames).with(0, ${unknownVersion})`,
    junk: `Uint8Array.from([...inbox.payload(frames), ${Array.from({ length: junkBytes }, () => 0).join(', ')}])`,
  }
  const send: Partial<Record<typeof wrong, string>> = {
    sender: `inbox.send(frames, ${stranger})`,
    address: `l1.sendTransaction(accounts.batcher, { to: ${stranger}!.address, data: \`0x\${Buffer.from(inbox.payload(frames)).toString('hex')}\` })`,
  }
  const lines = [
    'await batcher.stop()',
    `await l1.advanced(${settlingL1Blocks})`,
    "const safe = Number((await sequencer.head('localSafe')).number)",
    "const newest = Number((await sequencer.head('unsafe')).number)",
    'if (newest > safe) {',
    `  const [first, ...others] = await inbox.blocks(sequencer, safe + 1, Math.min(newest, safe + ${inboxBlocksMax}))`,
    ...(wrong === 'drift' ? driftLines : []),
    `  const frames = await inbox.channel(${blocks[wrong]}, { batchType: '${type}', compression: '${compression}' })`,
    `  await ${send[wrong] ?? `inbox.send(${payload[wrong] ?? 'frames'})`}`,
    '}',
    'await batcher.start()',
  ]
  return `{\n${lines.map((line) => `    ${line}`).join('\n')}\n  }`
}

const driftLines = [
  '  const origins = await Promise.all([first!, ...others].map(({ ref }) => l1.block(ref.l1Origin.number)))',
  '  const drift = rollup.forks.fjord === undefined ? rollup.maxSequencerDrift : 1_800n',
]

/** Without a library: whoever pastes it may have none but ours. */
const rotation = `await l1.sendTransaction(accounts.owner, {
    to: rollup.l1SystemConfigAddress,
    // ${setSignerSignature}
    data: \`${toFunctionSelector(setSignerSignature)}\${accounts.users[${strangerIndex}]!.address.slice(2).padStart(64, '0')}\`,
  })`

/** As TypeScript: names without quotes where they need none, and `1n` for bigint. */
function literal(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part), 2)
    .replaceAll(/"(\d+n)"/g, '$1')
    .replaceAll(/"([a-zA-Z]\w*)":/g, '$1:')
}
