import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anvilBinaryPath } from '../clients/anvil-binary.ts'
import { tryAnvilReorg } from './try-anvil-reorg.ts'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-doctor-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** A program that stands in for anvil. */
function program(name: string, body: string): string {
  const path = join(directory, name)
  writeFileSync(path, `#!${process.execPath}\n${body}`)
  chmodSync(path, 0o755)
  return path
}
const serving = (reply: string) => `
const server = require('node:http').createServer((request, response) => {
  response.setHeader('content-type', 'application/json')
  response.end(${JSON.stringify(reply)})
})
server.listen(0, '127.0.0.1', () => console.log('Listening on 127.0.0.1:' + server.address().port))`

describe('tryAnvilReorg', () => {
  it('is content with the anvil that is pinned', async () => {
    await tryAnvilReorg(anvilBinaryPath(), 20_000)
  })

  it.each([
    { name: 'same-block', body: serving('{"result":{"hash":"0x1"}}'), error: 'found 0x1 again' },
    {
      name: 'refuses',
      body: serving('{"error":{"message":"no such method"}}'),
      error: 'refuses evm_mine: no such method',
    },
    { name: 'ends', body: 'process.exit(1)', error: 'ended before it listened' },
  ])('says what is wrong: $name', async ({ name, body, error }) => {
    await expect(tryAnvilReorg(program(name, body), 20_000)).rejects.toThrow(error)
  })

  it('does not wait for ever, and leaves no process', async () => {
    const path = program('silent', 'setInterval(() => {}, 1000)')
    await expect(tryAnvilReorg(path, 700)).rejects.toThrow('within 700 ms')
  })

  it('says that there is no program', async () => {
    await expect(tryAnvilReorg(join(directory, 'none'), 5_000)).rejects.toThrow('ENOENT')
  })
})
