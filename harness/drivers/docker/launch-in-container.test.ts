import { expect, it } from 'vitest'
import { imageNode, launchInContainer } from './launch-in-container.ts'

const files = new Set([
  '/work/lockstep/.lockstep/runs/x/jwt.hex',
  '/work/lockstep/.lockstep/runs/x/rollup.json',
  '/work/lockstep/.lockstep/runs/x/jovian.json',
  '/opt/op-node',
])
const plan = {
  harnessAddress: '172.18.0.1',
  projectRoot: '/work/lockstep',
  execPath: '/usr/bin/node',
  isFile: (path: string) => files.has(path),
}

it('moves addresses into the network, our own files into the image, and says what else must be there', () => {
  const launch = launchInContainer(
    {
      command: '/usr/bin/node',
      args: [
        '/work/lockstep/harness/cli/main.ts',
        'node',
        ...['--l1', 'http://127.0.0.1:8545', '--l2=http://127.0.0.1:8551/x'],
        ...['--p2p.static', '/ip4/127.0.0.1/tcp/9222/p2p/a,/ip4/127.0.0.1/tcp/9223/p2p/b'],
        ...['--rollup.config', '/work/lockstep/.lockstep/runs/x/rollup.json'],
        '--rollup.upgrades=jovian=/work/lockstep/.lockstep/runs/x/jovian.json',
        ...['--safedb.path', '/work/lockstep/.lockstep/runs/x/safedb'],
        ...['--rpc.addr', '0.0.0.0', '--p2p.advertise.ip', '127.0.0.1'],
      ],
      env: { KEY_FILE: '/work/lockstep/.lockstep/runs/x/jwt.hex', NODE_COMPILE_CACHE: '/work/cache' },
    },
    plan,
  )
  expect(launch).toEqual({
    command: imageNode,
    args: [
      '/lockstep/harness/cli/main.ts',
      'node',
      ...['--l1', 'http://172.18.0.1:8545', '--l2=http://172.18.0.1:8551/x'],
      ...['--p2p.static', '/ip4/172.18.0.1/tcp/9222/p2p/a,/ip4/172.18.0.1/tcp/9223/p2p/b'],
      ...['--rollup.config', '/work/lockstep/.lockstep/runs/x/rollup.json'],
      '--rollup.upgrades=jovian=/work/lockstep/.lockstep/runs/x/jovian.json',
      ...['--safedb.path', '/work/lockstep/.lockstep/runs/x/safedb'],
      ...['--rpc.addr', '0.0.0.0', '--p2p.advertise.ip', '127.0.0.1'],
    ],
    env: ['KEY_FILE=/work/lockstep/.lockstep/runs/x/jwt.hex'],
    reachedPorts: [8545, 8551, 9222, 9223],
    files: [
      '/work/lockstep/.lockstep/runs/x/jovian.json',
      '/work/lockstep/.lockstep/runs/x/jwt.hex',
      '/work/lockstep/.lockstep/runs/x/rollup.json',
    ],
  })
})

it('takes a program of the user along, where it is', () => {
  const { command, files: taken } = launchInContainer({ command: '/opt/op-node', args: [], env: {} }, plan)
  expect([command, taken]).toEqual(['/opt/op-node', ['/opt/op-node']])
})
