import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageRoot } from '../../node/adapters/files/package-root.ts'

const isRoot = process.getuid?.() === 0
const nobody = 65_534

describe.skipIf(!isRoot)(
  `a folder of another user${isRoot ? '' : ' (skipped: only root can be another)'}`,
  () => {
    let folder: string
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'lockstep-unwritable-'))
      chmodSync(folder, 0o755)
    })
    afterAll(() => rmSync(folder, { recursive: true }))

    it.each([
      ['accept', '--builtin', '--list'],
      ['up', '--json'],
    ])('lockstep %s says in one line where it cannot write, and what to do', (...args) => {
      const lockstep = join(packageRoot, 'harness/cli/lockstep.mjs')
      const { status, stderr, stdout } = spawnSync(process.execPath, [lockstep, ...args], {
        ...{ cwd: folder, uid: nobody, encoding: 'utf8' },
        env: { PATH: process.env['PATH'], HOME: folder, LOCKSTEP_BUNDLE: 'off', NO_COLOR: '1' },
      })
      expect(stdout).toBe('')
      expect(stderr).toBe(
        `lockstep ${args[0]}: cannot write ${join(folder, '.lockstep/runs')}: this user may not write there: let LOCKSTEP_DIRECTORY name a folder that it may write to (EACCES)\n`,
      )
      expect(status).toBe(1)
    })
  },
)
