/**
 * `npm run soak -- --minutes 60`: makes a bundle of the present sources, as `npm start` does, and runs `program.ts` from it.
 * What is measured is so what a user runs: from the sources each process holds a third more, for the loader of TypeScript
 * and for every file of every library. Exit code: the program's.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { bundle } from '../../harness/package/bundle.ts'
import { inputsOf } from '../../harness/package/entries.ts'
import { bundlesDirectory } from '../../harness/package/running-from.ts'
import { packageRoot } from '../../node/adapters/files/package-root.ts'
import { soakPrefix } from './soak-prefix.ts'

/** As the runner of `lockstep accept` has them: how much garbage it is let have. */
const heapFlags = ['--max-semi-space-size=4', '--heap-growing-percent=30']
const programs = { soak: 'bench/soak/program.ts', load: 'bench/soak/load.ts' }

await mkdir(bundlesDirectory, { recursive: true })
const directory = await mkdtemp(join(bundlesDirectory, soakPrefix))
try {
  const own = Object.entries(programs).map(([name, file]) => [name, join(packageRoot, file)])
  await bundle({
    cwd: packageRoot,
    inputs: { ...inputsOf(packageRoot), ...Object.fromEntries(own) },
    directory,
  })
  const program = spawn(
    process.execPath,
    [...heapFlags, join(directory, 'soak.js'), ...process.argv.slice(2)],
    {
      // By the channel it notices when this process is gone, however it went.
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    },
  )
  // A terminal sends Ctrl-C to both: the program tells what it measured until then.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) program.kill(signal)
    })
  const [code] = (await once(program, 'exit')) as [number | null]
  process.exitCode = code ?? 1
} finally {
  await rm(directory, { recursive: true, force: true })
}
