#!/usr/bin/env node
// Plain JavaScript for any Node.js from 18 on: it only finds the Node.js that this package pins, and hands over.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const nodeMajorMin = 24
const source = new URL('./main.ts', import.meta.url)
// A package holds no source.
const entry = existsSync(source) ? source : new URL('../../dist/main.js', import.meta.url)

if (Number(process.versions.node.split('.')[0]) >= nodeMajorMin) {
  await import(entry.href)
} else {
  const pinned = pinnedNode()
  if (pinned === null) {
    process.stderr.write(
      `lockstep: expected Node.js ${nodeMajorMin} or newer, found ${process.versions.node}, and the npm package "node", which brings its own, is not installed whole: use a newer Node.js, or let npm run its script (npm approve-scripts node, then npm rebuild node)\n`,
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

/** Of the npm package `node`, wherever npm put it; null when its install script did not run. */
function pinnedNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'))
    const path = join(folder, 'bin/node')
    return existsSync(path) ? path : null
  } catch {
    return null
  }
}
