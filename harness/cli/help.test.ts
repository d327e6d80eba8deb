import { expect, it, vi } from 'vitest'
import { commands } from './commands.ts'
import { run } from './run.ts'

/** Programs, which end their process; their help is tested beside their flags. */
const programs = ['node', 'el']
const visible = commands.filter(({ name, internal }) => internal !== true && !programs.includes(name))

async function printed(command: (argv: readonly string[]) => Promise<number>): Promise<string> {
  const written: string[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text))
    return true
  })
  try {
    expect(await command(['--help'])).toBe(0)
  } finally {
    write.mockRestore()
  }
  return written.join('')
}

it('lockstep --help fits into 80 columns, and names every command', async () => {
  const lines = (await printed(run)).split('\n')
  expect(lines.filter((line) => line.length > 80)).toEqual([])
  for (const { name } of commands.filter(({ internal }) => internal !== true))
    expect(lines.filter((line) => line.startsWith(`  ${name} `))).toHaveLength(1)
})

it.each(visible)('$name --help fits into 80 columns, and says how it is called', async ({ name, load }) => {
  const text = await printed(await load())
  expect(text).toMatch(new RegExp(`^Usage  lockstep ${name}\\b`))
  // A shell command in an example stays on its line.
  const wide = text.split('\n').filter((line) => line.length > 80 && line.includes(' '.repeat(2)))
  expect(wide).toEqual([])
})
