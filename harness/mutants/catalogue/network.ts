import type { Mutant } from '../mutant.ts'

const gossip = 'node/network/gossip-validation.test.ts'

/** Blocks from peers. Source of the rules: specs/protocol/rollup-node-p2p.md. */
export const networkMutants: readonly Mutant[] = [
  {
    name: 'gossip-of-anybody',
    rule: 'a block that another key signed is rejected',
    source: 'specs/protocol/rollup-node-p2p.md, "Block validation"',
    file: 'node/network/signer-grace.ts',
    find: "if (signer === current) return 'current'",
    replace: "if (signer !== '0x') return 'current'",
    killers: [
      {
        file: 'node/network/p2p-rules.test.ts',
        test: 'refuses a block that another key signed, counts it and delivers nothing',
      },
      { file: 'node/network/signer-grace.test.ts', test: 'the signer before a rotation' },
    ],
  },
  {
    name: 'grace-without-end',
    rule: "the grace of the signer before ends with the new one's first valid block",
    source: 'issue 8, C5',
    file: 'node/network/signer-grace.ts',
    find: 'if (signers.previous === null) return',
    replace: 'if (signers !== null) return',
    killers: [
      {
        file: 'node/network/signer-grace.test.ts',
        test: 'is heard until a block of the new one is valid, and not again for the same rotation',
      },
      {
        file: 'node/network/p2p-rules.test.ts',
        test: 'hears a sequencer that still signs with its old key after a rotation, until the new key is in use',
      },
    ],
    unseen: 'no node has the key of a second signer',
  },
  {
    name: 'rotation-without-grace',
    rule: 'the signer before a rotation is heard until one of the new signer comes',
    source: 'optimism#22839, 20063',
    file: 'node/network/signer-grace.ts',
    find: "return signer === previous?.address && nowMs() < previous.untilMs ? 'previous' : 'wrong'",
    replace: "return signer === previous?.address && nowMs() < 0 ? 'previous' : 'wrong'",
    killers: [
      { file: 'node/network/signer-grace.test.ts', test: 'is heard until its time is over' },
      {
        file: 'node/network/p2p-rules.test.ts',
        test: 'hears a sequencer that still signs with its old key after a rotation, until the new key is in use',
      },
    ],
  },
  {
    name: 'gossip-hash-unchecked',
    rule: 'a payload whose block hash is not its own is rejected',
    source: 'specs/protocol/rollup-node-p2p.md, "Block validation"',
    file: 'node/network/gossip-validation.ts',
    find: 'return found === envelope.payload.blockHash',
    replace: 'return found !== null',
    killers: [
      {
        file: gossip,
        test: 'gossip validation > [REJECT] if the `block_hash` in the `payload` is not valid',
      },
    ],
  },
  {
    name: 'old-gossip-accepted',
    rule: 'a block older than 60 s is rejected',
    source: 'specs/protocol/rollup-node-p2p.md, "Block validation"',
    file: 'node/network/gossip-validation.ts',
    find: 'if (isTooOld(timestamp, now)) return reject',
    replace: 'if (isTooOld(timestamp, 0n)) return reject',
    killers: [
      { file: gossip, test: '[REJECT] if the `payload.timestamp` is older than 60 seconds in the past' },
    ],
  },
  {
    name: 'early-gossip-accepted',
    rule: 'a block more than 5 s early is rejected',
    source: 'specs/protocol/rollup-node-p2p.md, "Block validation"',
    file: 'node/network/gossip-validation.ts',
    find: 'if (timestamp > now + earlySecondsMax)',
    replace: 'if (timestamp > now + 2n * earlySecondsMax)',
    killers: [
      {
        file: gossip,
        test: '[REJECT] if the `payload.timestamp` is more than 5 seconds into the future',
      },
    ],
  },
  {
    name: 'any-topic',
    rule: "a block comes on the topic of its time's fork",
    source: 'specs/protocol/rollup-node-p2p.md, "Gossip Topics"',
    file: 'node/network/gossip-validation.ts',
    find: 'return version === expected\n',
    replace: 'return expected >= 0\n',
    killers: [{ file: gossip, test: 'gossip validation' }],
    unseen: 'a hostile peer sends what is wrong in another way, and on its topic',
  },
  {
    name: 'blocks-per-height-unlimited',
    rule: 'at most five blocks of one height are passed on',
    source: 'specs/protocol/rollup-node-p2p.md, "Block validation"',
    file: 'node/network/seen-blocks.ts',
    find: 'const blocksPerHeightMax = 5',
    replace: 'const blocksPerHeightMax = 500',
    killers: [{ file: gossip, test: 'gossip validation' }],
    unseen: 'nobody makes so many valid blocks of one height',
  },
  {
    name: 'old-block-published',
    rule: 'a block that every peer must refuse for its age is not published',
    source:
      'specs/protocol/rollup-node-p2p.md, "Block validation"; go-libp2p-pubsub, Topic.Publish: what we send is validated first',
    file: 'node/network/p2p.ts',
    find: 'if (isTooOld(timestamp, nowSeconds)) return',
    replace: 'if (isTooOld(timestamp, 0n)) return',
    killers: [{ file: 'node/network/p2p-rules.test.ts', test: 'gossip between nodes' }],
  },
]
