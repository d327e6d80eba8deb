#!/usr/bin/env node
// Plain JavaScript for any Node.js from 18 on: it only finds the Node.js that this repository pins, and hands over.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const nodeMajorMin = 24
const entry = new URL('./main.ts', import.meta.url)

if (Number(process.versions.node.split('.')[0]) >= nodeMajorMin) {
  await import(entry.href)
} else {
  const pinned = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url))
  if (!existsSync(pinned)) {
    process.stderr.write(
      `lockstep: expected Node.js ${nodeMajorMin} or newer, found ${process.versions.node}; run npm ci, which installs it into ${pinned}\n`,
    )
    process.exit(1)
  }
  // As the programs that it starts: how much garbage it is let have (`harness/clients/own-program.ts`).
  const heapFlags = ['--max-semi-space-size=4', '--heap-growing-percent=50']
  // The IPC channel tells the program when this launcher is gone, however it went.
  const child = spawn(pinned, [...heapFlags, fileURLToPath(entry), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      // A terminal sends Ctrl-C to both: once is enough.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  child.on('error', (error) => {
    process.stderr.write(`lockstep: cannot start ${pinned}: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}
