import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

/** What `lockstep accept --world sim` says of a repository that holds this scenario alone. */
export async function runPrinted(text: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-printed-'))
  try {
    writeFileSync(join(directory, 'package.json'), '{"type":"module","private":true}')
    writeFileSync(
      join(directory, 'lockstep.config.ts'),
      "import { defineConfig } from 'lockstep/config'\nexport default defineConfig({})\n",
    )
    mkdirSync(join(directory, 'scenarios'))
    writeFileSync(join(directory, 'scenarios/printed.test.ts'), text)
    const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('VITEST')))
    const child = spawn(process.execPath, [main, 'accept', '--world', 'sim'], { cwd: directory, env })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part: Buffer) => {
        output += part.toString()
      })
    await once(child, 'close')
    return output
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
