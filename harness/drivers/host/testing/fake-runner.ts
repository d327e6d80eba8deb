import { startHost } from '../host.ts'
import { fakeHostLaunch } from './fake-launch.ts'

/** A runner with a host and a component in it: `node fake-runner.ts <directory>`. It says the host's pid and waits. */
const directory = process.argv[2] ?? ''
const host = await startHost({
  name: 'host',
  launch: fakeHostLaunch,
  cwd: directory,
  logPath: `${directory}/host.log`,
  onSpawn: ({ pid }) => process.stdout.write(`${pid}\n`),
  onExit: () => {},
})
await host
  .driverOf({ name: 'one', program: { command: 'good', args: [] }, logPath: `${directory}/one.log` })
  .launch()
setInterval(() => {}, 1_000_000)
