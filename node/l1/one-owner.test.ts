import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const nodeRoot = join(import.meta.dirname, '..')

/** Who may ask for an L1 block by number, and why. Everybody else asks whether a block is canonical. */
const readsByNumber = [
  // This room, the port and what is behind it.
  /^l1\//,
  /^ports\//,
  /^adapters\//,
  // The pipeline imports no actor: it reads, and compares, what the view that this room holds answers.
  /^derivation\/pipeline\/(l1-traversal|pipeline-start|data-source)\.ts$/,
  // Reads the next origin from the same view.
  /^sequencer\/origin-viewer\.ts$/,
  // Genesis: before anything runs, and for the record of safe heads.
  /^start-checks\.ts$/,
  /^engine\/tasks\/reset\.ts$/,
  // Following asks the view about the source's blocks and its own mark, and judges by the rule of this room.
  /^follow\/(judge|cursor)\.ts$/,
  // Hands the view on, one call at a time.
  /^engine\/walk-reads\.ts$/,
]

describe('L1 has one owner in the node', () => {
  it('nobody outside asks L1 for a hash by number to compare it', () => {
    const asking = readdirSync(nodeRoot, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('testing/'))
      .filter((file) => /\.headerByNumber\(/.test(readFileSync(join(nodeRoot, file), 'utf8')))
    expect(asking.filter((file) => !readsByNumber.some((allowed) => allowed.test(file)))).toEqual([])
  })
})
