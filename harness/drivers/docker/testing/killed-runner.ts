import { startDockerRun } from '../docker-run.ts'

/** A runner with one component in a container, to be killed: says `runs` and where it is reached, and never ends by itself. */
const [runId = '', projectRoot = '', logPath = '', port = ''] = process.argv.slice(2)

const run = await startDockerRun({ runId, projectRoot, images: [], nowMs: Date.now })
const program = `require('node:http').createServer((_, response) => response.end('here')).listen(${port}, '0.0.0.0')`
const driver = run.driverOf({
  ...{ name: 'it', image: undefined, ports: [Number(port)], logPath },
  launch: { command: process.execPath, args: ['-e', program], env: {} },
})
await driver.launch()
process.stdout.write('runs\n')
setInterval(() => {}, 60_000)
