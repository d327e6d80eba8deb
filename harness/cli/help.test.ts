import { expect, it, vi } from 'vitest'
import { commands } from './commands.ts'
import { helpText } from './help.ts'
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
  expect(brokenParagraphs(text)).toEqual([])
  const wide = text.split('\n').filter((line) => line.length > 80 && line.includes(' '.repeat(2)))
  expect(wide).toEqual([])
})

/** Above the tables: lines that end before they must, and paragraphs that end within a sentence. */
function brokenParagraphs(text: string): readonly string[] {
  const [prose = ''] = text.split(/^(?:Arguments|Flags)$/m)
  return prose
    .trim()
    .split('\n\n')
    .flatMap((paragraph, index) => {
      const lines = paragraph.split('\n')
      const broken = lines.filter((line, at) => {
        const next = lines[at + 1]
        const isKept = line.startsWith(' ') || next === undefined || next.startsWith(' ')
        return !isKept && line.length + 1 + (next.split(' ', 1)[0] ?? '').length <= 80
      })
      // The first is how it is called.
      const isWhole = index === 0 || lines.at(-1)?.startsWith(' ') || /[.:?]$/.test(paragraph)
      return isWhole ? broken : [...broken, paragraph]
    })
}

it('fills paragraphs, and leaves a list as it is', async () => {
  const description = `${'word '.repeat(30)}
end.

${'more '.repeat(20)}:
  one    a list
  two    of things`
  const text = await helpText(
    { meta: { name: 'try', description }, args: { run: { type: 'positional' }, json: { type: 'boolean' } } },
    { colour: false, width: 80 },
  )
  expect(brokenParagraphs(text)).toEqual([])
  expect(text).toContain('\n  one    a list\n  two    of things\n')
  expect(brokenParagraphs(text.replace('end.', '\nend.'))).toHaveLength(1)
  expect(brokenParagraphs(text.replace('more more', 'more\nmore'))).not.toEqual([])
})

it('says what is required, in how it is called and where it is described', async () => {
  const node = { type: 'string', required: true, valueHint: 'NAME', description: 'A node' } as const
  const text = await helpText(
    { meta: { name: 'try' }, args: { node, json: { type: 'boolean' } } },
    { colour: false, width: 80 },
  )
  expect(text).toMatch(/^Usage {2}lockstep try --node NAME \[flags\]$/m)
  expect(text).toMatch(/^ {2}--node NAME {2}A node \(required\)$/m)
})
