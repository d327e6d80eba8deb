import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSystemClock } from '../../../../node/adapters/system/system-clock.ts'
import { clientsFromEnvironment } from '../../../clients/load-clients.ts'
import { createRunDirectory, type RunDirectory } from '../../../world/run-directory.ts'
import { keptRecording } from '../../testing/kept-recordings.ts'
import type { HeadPair } from '../compare-heads.ts'
import { pacedBy } from '../pace.ts'
import { replayRecording } from '../replay-recording.ts'
import { replayText } from '../replay-text.ts'
import { processNode } from './process-node.ts'

/** Recorded seconds in one of the machine's. */
const speed = 8

let root: string
let directory: RunDirectory
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lockstep-live-replay-'))
  directory = createRunDirectory({ root, name: 'replay', nowMs: 0, suffix: 'a', invocation: 'test' })
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('replayRecording, of a process', () => {
  it('gives our node what the follower was given, and it does not follow the source back', {
    timeout: 90_000,
  }, async () => {
    const { events } = keptRecording('source-replays')
    const clock = createSystemClock()
    const chosen = (await clientsFromEnvironment()).cl('lockstep-node')
    const replay = await replayRecording(events, {
      create: processNode({ chosen, directory, clock }),
      live: pacedBy(clock, speed),
    })
    const text = replayText(replay, 'a process')
    expect(replay.ended, text).toBeNull()
    expect(replay.verdict.recorded?.rule, text).toBe('safe-goes-back-for-l1-only')
    // A busy machine makes it late by any time, and never takes it back.
    const broken = replay.replayed.findings.filter(({ node }) => node === 'follower').map(({ rule }) => rule)
    expect(broken, text).not.toContain('safe-goes-back-for-l1-only')
    // The blocks have the names that were recorded.
    const followed = replay.comparison.rows.flatMap(({ heads }) => heads).filter(isShared)
    expect(followed.length, text).toBeGreaterThan(0)
    expect(replay.comparison.divergence, text).not.toBeNull()
    expect(readdirSync(directory.path)).not.toContain('registry.json')
  })
})

const isShared = ({ recorded, replayed }: HeadPair) =>
  recorded !== null && recorded.number > 0 && recorded.hash === replayed?.hash
