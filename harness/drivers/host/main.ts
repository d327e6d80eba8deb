import { fstatSync } from 'node:fs'
import { reportDescriptor } from './host-protocol.ts'
import { ownPrograms, preload } from './own-programs.ts'
import { serveHost } from './serve-host.ts'

/** `lockstep host <program>…`: runs components of a devstack for the runner that started it; not for people. */
export async function host(argv: readonly string[]): Promise<number> {
  try {
    fstatSync(reportDescriptor)
  } catch {
    process.stderr.write(
      'lockstep host: expected to be started by a devstack: nobody listens to its reports\n',
    )
    return 1
  }
  const wanted = (['node', 'el'] as const).filter((command) => argv.includes(command))
  // What cannot be loaded is said by the component that needs it.
  void Promise.allSettled(wanted.map((command) => preload[command]()))
  await serveHost(ownPrograms)
  return 0
}
