import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { defineCommand } from 'citty'
import type { Hash } from 'viem'
import { executeFixture, FixtureError, parseFixture } from './execution/fixture.ts'

/** A gzip file begins so. */
const gzipMagic = [0x1f, 0x8b]

/** One executed block, as the command prints it. */
export interface ExecutionReport {
  readonly number: bigint
  readonly gasUsed: bigint
  readonly transactions: number
  readonly milliseconds: number
  readonly hash: Hash
  readonly expectedHash: Hash
}

const description = `Execute one block from a file and compare its hash.

FILE is JSON, or gzip of JSON, with these fields:
  rollup_config        as in rollup.json: chain id, fork times, EIP-1559 parameters
  parent_header        the parent, as eth_getBlockByHash answers it
  executing_payload    payload attributes with raw transactions, as engine_forkchoiceUpdated takes them
  expected_block_hash  what the block's hash must be
  preimages            keccak256 hash -> bytes: every trie node, contract code and ancestor header that execution reads

Prints number, gas used, transactions, time and hash. Exit code: 0 the hash is the expected one, 1 it differs or the block cannot be executed, 2 wrong usage, or a file that is none of these.`

/** `lockstep el execute FILE`: a real block against this engine. */
export const executeCommand = defineCommand({
  meta: { name: 'el execute', description },
  args: {
    file: { type: 'positional', description: 'The block to execute (.json or .json.gz)', required: true },
  },
  async run({ args }) {
    try {
      const report = await executeFile(args.file)
      process.stdout.write(`${formatReport(report)}\n`)
      process.exitCode = report.hash === report.expectedHash ? 0 : 1
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      process.stderr.write(`lockstep el execute: ${message.replaceAll(/\s*\n\s*/g, ' ')}\n`)
      // As of every command: 2 for what the command line names and is none, 1 for what the engine finds.
      process.exitCode = error instanceof FixtureError ? 2 : 1
    }
  },
})

/**
 * Executes the block in the file.
 * @throws FixtureError when the file is not readable or not of the format; InvalidBlockError when the block breaks a
 * rule; MissingStateError when it lacks a preimage.
 */
export async function executeFile(path: string): Promise<ExecutionReport> {
  const fixture = parseFixture(await readJson(path))
  const start = performance.now()
  const { hash, header, transactions } = await executeFixture(fixture)
  return {
    number: header.number,
    gasUsed: header.gasUsed,
    transactions: transactions.length,
    milliseconds: performance.now() - start,
    hash,
    expectedHash: fixture.expectedHash,
  }
}

export function formatReport(report: ExecutionReport): string {
  const { number, gasUsed, transactions, milliseconds, hash, expectedHash } = report
  const speed = Number(gasUsed) / 1000 / milliseconds
  const lines = [
    `block         ${number}`,
    `transactions  ${transactions}`,
    `gas used      ${gasUsed}`,
    `time          ${milliseconds.toFixed(0)} ms (${speed.toFixed(1)} Mgas/s)`,
    `hash          ${hash}`,
  ]
  lines.push(hash === expectedHash ? 'as expected' : `expected      ${expectedHash}`)
  return lines.join('\n')
}

async function readJson(path: string): Promise<unknown> {
  let text: string
  try {
    const bytes = await readFile(path)
    const isGzip = gzipMagic.every((byte, index) => bytes[index] === byte)
    text = (isGzip ? await promisify(gunzip)(bytes) : bytes).toString('utf8')
  } catch (error) {
    throw new FixtureError(
      `expected a readable file at ${path}: ${error instanceof Error ? error.message : error}`,
    )
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new FixtureError(`expected JSON in ${path}: ${error instanceof Error ? error.message : error}`)
  }
}
