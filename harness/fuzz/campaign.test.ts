import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CampaignStartError, runCampaign } from './campaign.ts'
import type { RunResult } from './result.ts'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-campaign-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

const write = (name: string, text: string) => {
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}

/** A campaign whose second process waits for a seed that depends on the first: without an end it would wait for ever. */
async function campaign(worker: string) {
  const results: RunResult[] = []
  let given = 0
  const run = runCampaign({
    next: () => (given++ === 0 ? Promise.resolve('1') : new Promise(() => {})),
    ...{ jobs: 2, faultsMs: 1_000, engine: 'model', signal: new AbortController().signal, worker },
    onResult: (result) => void results.push(result),
  })
  return { error: await run.catch((error: unknown) => error), results }
}

describe('a campaign whose processes do not start', () => {
  it.each([
    [
      'is not there',
      () => join(directory, 'nothing.mjs'),
      /exit code 1: Error.* Cannot find module .*nothing/,
    ],
    ['throws', () => write('throws.mjs', 'throw new TypeError("no")'), /exit code 1: TypeError: no$/],
    ['ends without a word', () => write('ends.mjs', 'process.exit(7)'), /it ended with exit code 7$/],
  ])('ends with the reason when the program %s, and finds nothing', async (_, worker, reason) => {
    const { error, results } = await campaign(worker())
    expect(error).toBeInstanceOf(CampaignStartError)
    expect(error).toMatchObject({ message: expect.stringMatching(reason) })
    expect(results).toEqual([])
  })
})
