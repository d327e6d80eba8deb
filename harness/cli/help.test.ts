import { expect, it, vi } from 'vitest'
import { commands } from './commands.ts'

/** Programs, which end their process; their help is tested beside their flags. */
const programs = ['node', 'el']
const visible = commands.filter(({ name, internal }) => internal !== true && !programs.includes(name))

it.each(visible)('$name --help fits into 80 columns, and says how it is called', async ({ name, load }) => {
  const written: string[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text))
    return true
  })
  try {
    expect(await (await load())(['--help'])).toBe(0)
  } finally {
    write.mockRestore()
  }
  const text = written.join('')
  expect(text).toMatch(new RegExp(`^Usage  lockstep ${name}\\b`))
  // A shell command in an example stays on its line.
  const wide = text.split('\n').filter((line) => line.length > 80 && line.includes(' '.repeat(2)))
  expect(wide).toEqual([])
})
