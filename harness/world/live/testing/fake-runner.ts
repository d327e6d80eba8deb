import { type RunningProcess, startProcess } from '../../../drivers/process.ts'
import { openRegistry } from '../registry.ts'
import { stopWithProcess } from '../shutdown.ts'

/**
 * A runner with two children, as a program: `node fake-runner.ts <directory>`. It says `up` and waits for a
 * signal, or for what `FAKE_RUNNER_END` says: `throw` or `exit`.
 */
const directory = process.argv[2] ?? ''
const registry = openRegistry(directory, 'fake')
const children: readonly RunningProcess[] = await Promise.all(
  ['one', 'two'].map((name) =>
    startProcess({
      name,
      command: 'sleep',
      args: ['600'],
      env: {},
      cwd: directory,
      logPath: `${directory}/${name}.log`,
      onSpawn: (identity) => registry.add(name, identity),
    }),
  ),
)
stopWithProcess({
  async stop() {
    await Promise.all(children.map((child) => child.stop()))
    registry.close()
  },
  killAll: () => registry.killAll(),
  handleSignals: true,
})
process.stdout.write('up\n')
const end = process.env['FAKE_RUNNER_END']
if (end === 'throw') throw new Error('a bug in the runner')
if (end === 'exit') process.exit(3)
setInterval(() => {}, 1_000_000)
