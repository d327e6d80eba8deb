/** What the help says of one argument or flag. */
export interface HelpRow {
  readonly left: string
  readonly right: string
  /** Stands below the meaning, such as the variables of a flag. */
  readonly note?: string
}

export interface HelpLayout {
  /** In columns, of the whole line. */
  readonly width: number
  readonly paintLeft?: (text: string) => string
  readonly paintNote?: (text: string) => string
}

const indent = '  '
/** What is longer has its meaning on the next line. */
const leftMax = 26

/** Lines in two columns, none wider than the width unless a single word is. */
export function helpTable(rows: readonly HelpRow[], layout: HelpLayout): string[] {
  const { width, paintLeft = same, paintNote = same } = layout
  const column = Math.min(leftMax, Math.max(...rows.map(({ left }) => left.length))) + indent.length
  const pad = indent + ' '.repeat(column)
  return rows.flatMap(({ left, right, note }) => {
    const [first = '', ...rest] = wrap(right, width - pad.length)
    const meaning =
      left.length + indent.length > column
        ? [indent + paintLeft(left), pad + first]
        : [`${indent}${paintLeft(left.padEnd(column))}${first}`.trimEnd()]
    const notes = note === undefined ? [] : wrap(note, width - pad.length)
    return [...meaning, ...rest.map((line) => pad + line), ...notes.map((line) => pad + paintNote(line))]
  })
}

/** Breaks a text into lines of at most `width` characters, between words. A longer word stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/**
 * A text of paragraphs, with an empty line between two, each filled to `width` columns. A line that begins with a blank
 * stands as it is: a list, or an example.
 */
export function fill(text: string, width: number): string[] {
  return text.split(/\n{2,}/).flatMap((paragraph, index) => {
    const blocks: string[] = []
    let isOpen = false
    for (const line of paragraph.split('\n')) {
      const isKept = line.startsWith(' ')
      if (isOpen && !isKept) blocks.push(`${blocks.pop()} ${line}`)
      else blocks.push(line)
      isOpen = !isKept
    }
    const lines = blocks.flatMap((block) => (block.startsWith(' ') ? [block] : wrap(block, width)))
    return index === 0 ? lines : ['', ...lines]
  })
}

function same(text: string): string {
  return text
}
