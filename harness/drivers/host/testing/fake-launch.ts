import { fileURLToPath } from 'node:url'
import type { Launch } from '../../../clients/client.ts'

/** `fake-host.ts`, as a program. */
export const fakeHostLaunch: Launch = {
  command: process.execPath,
  args: [fileURLToPath(new URL('fake-host.ts', import.meta.url))],
  env: { NODE_OPTIONS: '' },
}
