import { relative, resolve } from 'node:path'
import { defineCommand } from 'citty'
import { startRepository } from '../init/start-repository.ts'
import { readArguments } from './arguments.ts'
import { exitCode } from './exit-code.ts'
import { UsageError } from './usage-error.ts'

const initCommand = defineCommand({
  meta: {
    name: 'init',
    description:
      'Start a repository of scenarios: package.json, a typed lockstep.config.ts, one scenario that passes, a GitHub workflow, settings of the editor. Nothing that is there is overwritten.',
  },
  args: {
    dir: { type: 'positional', required: false, description: 'Its folder. Default: this one' },
    json: { type: 'boolean', description: 'Print one JSON object: what was written, what was kept' },
  },
})

/** `lockstep init`. */
export async function init(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(initCommand, argv)
  if (parsed.help) return exitCode.passed
  const directory = resolve(parsed.args.dir ?? '.')
  let started: ReturnType<typeof startRepository>
  try {
    started = startRepository(directory)
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
  const { written, completed, kept, note, installs } = started
  if (parsed.args.json === true) {
    process.stdout.write(`${JSON.stringify({ directory, written, completed, kept, note })}\n`)
    return exitCode.passed
  }
  const here = relative(process.cwd(), directory)
  const next = [...(here === '' ? [] : [`cd ${here}`]), ...(installs ? ['npm install'] : []), 'npm test']
  process.stdout.write(
    [
      ...completed.map((path) => `added to ${path}`),
      ...written.map((path) => `wrote ${path}`),
      ...kept.map((path) => `kept  ${path}`),
      ...(note === null ? [] : [note]),
      '',
      `Next: ${next.join(' && ')}`,
      '',
    ].join('\n'),
  )
  return exitCode.passed
}
