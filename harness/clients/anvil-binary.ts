import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/**
 * Path of the anvil that `@foundry-rs/anvil` ships: the binary itself, because its Node wrapper, when killed, would leave
 * the real process behind.
 * @throws when the package for this platform is not installed.
 */
export function anvilBinaryPath(): string {
  const architecture = { x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? process.arch
  const system = process.platform === 'win32' ? 'win32' : process.platform
  const name = `@foundry-rs/anvil-${system}-${architecture}`
  const require = createRequire(import.meta.url)
  const base = createRequire(require.resolve('@foundry-rs/anvil/package.json'))
  try {
    return join(
      dirname(base.resolve(`${name}/package.json`)),
      'bin',
      system === 'win32' ? 'anvil.exe' : 'anvil',
    )
  } catch (error) {
    throw new Error(`expected the npm package ${name}, which holds anvil for this platform; run npm ci`, {
      cause: error,
    })
  }
}
