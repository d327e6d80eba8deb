import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { runToEnd } from './run-to-end.ts'

const directory = mkdtempSync(join(tmpdir(), 'lockstep-to-end-'))
afterAll(() => rmSync(directory, { recursive: true }))

const logPath = join(directory, 'el.log')
const run = (script: string) =>
  runToEnd(
    { command: process.execPath, args: ['-e', script], env: {} },
    { name: 'el', cwd: directory, logPath, onSpawn: () => {} },
  )

it('waits for the end, and tells the last words of what failed', async () => {
  await run("setTimeout(() => console.log('made'), 50)")
  expect(readFileSync(logPath, 'utf8')).toBe('made\n')
  await expect(run("console.error('disk full'); process.exit(3)")).rejects.toThrow(
    /el cannot be prepared: .* ended with exit code 3[\s\S]*disk full/,
  )
})
