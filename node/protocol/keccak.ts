import type { Steps } from './steps.ts'

const laneCount = 25
const roundCount = 24
/** Bytes that one permutation absorbs: 1600 bits less twice the 256 of the result. */
const rate = 136
/** What one step absorbs, about a megabyte: some milliseconds. */
const stepBytes = 8_000 * rate
/** Where the round constants and the block to absorb lie in the memory; the state is at 0. */
const constantsAt = laneCount * 8
const blockAt = constantsAt + roundCount * 8

/** Opcodes of WebAssembly 1.0. */
const op = {
  loop: 0x03,
  end: 0x0b,
  brIf: 0x0d,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
  load64: 0x29,
  store64: 0x37,
  const32: 0x41,
  const64: 0x42,
  lessThan32: 0x49,
  add32: 0x6a,
  and64: 0x83,
  xor64: 0x85,
  rotateLeft64: 0x89,
} as const
/** What Node has of it; its types come with the browser's library only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}
interface PermutationExports {
  readonly memory: { readonly buffer: ArrayBuffer }
  permute(): void
}

const [i32, i64, noResult] = [0x7f, 0x7e, 0x40]

const sponge = createSponge()

/**
 * keccak256, four to eight times as fast as in JavaScript, which has no 64-bit integers that are quick to rotate. Checking
 * what an L1 or an engine says, and executing small blocks, is mostly hashing.
 */
export function keccak256Bytes(data: Uint8Array): Uint8Array {
  sponge.state.fill(0)
  return sponge.finish(data, 0)
}

/** As {@link keccak256Bytes}, in steps. */
export function* keccak256Steps(data: Uint8Array): Steps<Uint8Array> {
  // Others hash between two steps.
  const kept = new Uint8Array(sponge.state.length)
  let offset = 0
  for (; offset + stepBytes <= data.length; offset += stepBytes) {
    sponge.state.set(kept)
    sponge.absorb(data, offset, offset + stepBytes)
    kept.set(sponge.state)
    yield
  }
  sponge.state.set(kept)
  return sponge.finish(data, offset)
}

/** Keccak[512] with one state that all share: whoever uses it sets it first. */
function createSponge() {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(permutationModule())))
  const { memory, permute } = instance.exports as PermutationExports
  new BigUint64Array(memory.buffer, constantsAt, roundCount).set(roundConstants())
  const state = new Uint8Array(memory.buffer, 0, laneCount * 8)
  const stateWords = new Uint32Array(memory.buffer, 0, rate / 4)
  const block = new Uint8Array(memory.buffer, blockAt, rate)
  const blockWords = new Uint32Array(memory.buffer, blockAt, rate / 4)
  const absorbBlock = () => {
    for (let index = 0; index < rate / 4; index++) stateWords[index]! ^= blockWords[index]!
    permute()
  }
  /** @returns where less than a block is left. */
  const absorb = (data: Uint8Array, from: number, to: number) => {
    let offset = from
    for (; offset + rate <= to; offset += rate) {
      block.set(data.subarray(offset, offset + rate))
      absorbBlock()
    }
    return offset
  }
  return {
    state,
    absorb,
    finish(data: Uint8Array, from: number): Uint8Array {
      const offset = absorb(data, from, data.length)
      block.fill(0)
      block.set(data.subarray(offset))
      // The padding of Keccak before it became SHA-3.
      block[data.length - offset] = 0x01
      block[rate - 1]! |= 0x80
      absorbBlock()
      return state.slice(0, 32)
    },
  }
}

/** A module that exports `memory` and `permute`, Keccak-f[1600] on the 25 lanes at address 0. */
function permutationModule(): number[] {
  const code = permutation()
  const name = (text: string) => [text.length, ...Buffer.from(text)]
  const section = (id: number, content: readonly number[]) => [id, ...uleb(content.length), ...content]
  return [
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 0, 0]), // type 0: () → ()
    ...section(3, [1, 0]), // function 0 has it
    ...section(5, [1, 0, 1]), // one page of memory
    ...section(7, [2, ...name('memory'), 2, 0, ...name('permute'), 0, 0]),
    ...section(10, [1, ...uleb(code.length), ...code]),
  ]
}

/**
 * The body of `permute`. Locals: lanes 0–24, lanes of the next step 25–49, column parities 50–54, their effects 55–59,
 * and the address of the round constant, 60.
 * Source: FIPS 202, 3.2; lane (x, y) is number x + 5y.
 */
function permutation(): number[] {
  const next = (lane: number) => laneCount + lane
  const parity = (x: number) => 50 + ((x + 5) % 5)
  const effect = (x: number) => 55 + x
  const round = 60
  const offsets = rotations()
  const code: number[] = [2, 60, i64, 1, i32]
  for (let lane = 0; lane < laneCount; lane++)
    code.push(op.const32, 0, op.load64, 3, ...uleb(lane * 8), op.set, lane)
  code.push(op.loop, noResult)
  // θ
  for (let x = 0; x < 5; x++) {
    code.push(op.get, x)
    for (let y = 1; y < 5; y++) code.push(op.get, x + 5 * y, op.xor64)
    code.push(op.set, parity(x))
  }
  for (let x = 0; x < 5; x++)
    code.push(
      ...[op.get, parity(x - 1), op.get, parity(x + 1), op.const64, 1, op.rotateLeft64],
      ...[op.xor64, op.set, effect(x)],
    )
  // ρ and π
  for (let y = 0; y < 5; y++)
    for (let x = 0; x < 5; x++)
      code.push(
        ...[op.get, x + 5 * y, op.get, effect(x), op.xor64],
        ...[op.const64, offsets[x + 5 * y]!, op.rotateLeft64, op.set, next(y + 5 * ((2 * x + 3 * y) % 5))],
      )
  // χ
  for (let y = 0; y < 5; y++)
    for (let x = 0; x < 5; x++)
      code.push(
        ...[op.get, next(x + 5 * y), op.get, next(((x + 1) % 5) + 5 * y), op.const64, 0x7f, op.xor64],
        ...[op.get, next(((x + 2) % 5) + 5 * y), op.and64, op.xor64, op.set, x + 5 * y],
      )
  // ι
  code.push(op.get, 0, op.get, round, op.load64, 3, ...uleb(constantsAt), op.xor64, op.set, 0)
  code.push(op.get, round, op.const32, 8, op.add32, op.tee, round)
  code.push(op.const32, ...[0xc0, 0x01], op.lessThan32, op.brIf, 0, op.end) // below 24 · 8
  for (let lane = 0; lane < laneCount; lane++)
    code.push(op.const32, 0, op.get, lane, op.store64, 3, ...uleb(lane * 8))
  return [...code, op.end]
}

/** FIPS 202, 3.2.2. */
function rotations(): number[] {
  const offsets = Array<number>(laneCount).fill(0)
  for (let step = 0, x = 1, y = 0; step < 24; step++) {
    offsets[x + 5 * y] = (((step + 1) * (step + 2)) / 2) % 64
    ;[x, y] = [y, (2 * x + 3 * y) % 5]
  }
  return offsets
}

/** FIPS 202, 3.2.5: bits of a linear feedback shift register at the places 2^j − 1. */
function roundConstants(): bigint[] {
  let register = 1
  return Array.from({ length: roundCount }, () => {
    let constant = 0n
    for (let j = 0; j <= 6; j++) {
      if (register & 1) constant |= 1n << BigInt(2 ** j - 1)
      register = register & 0x80 ? (register << 1) ^ 0x171 : register << 1
    }
    return constant
  })
}

/** Unsigned LEB128. */
function uleb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...uleb(value >> 7)]
}
