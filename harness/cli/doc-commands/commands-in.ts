/** A command that a page shows. */
export interface DocCommand {
  readonly page: string
  /** Where it begins, from 1. */
  readonly line: number
  /** Without comments; continued lines are one. A script is whole. */
  readonly text: string
}

/** The commands of a page: of its `sh` blocks, and of those without a language that begin as a command does. */
export function commandsIn(page: string, markdown: string): readonly DocCommand[] {
  const found: DocCommand[] = []
  const lines = markdown.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const language = /^```(\w*)$/.exec(lines[at] ?? '')?.[1]
    if (language === undefined) continue
    const end = lines.indexOf('```', at + 1)
    const block = lines.slice(at + 1, end)
    const isShell =
      language === 'sh' || (language === '' && /^(npx|npm|docker|curl|sh) /.test(block[0] ?? ''))
    if (isShell) found.push(...commandsOf(page, at + 2, block))
    at = end
  }
  return found
}

function commandsOf(page: string, first: number, block: readonly string[]): readonly DocCommand[] {
  if (block[0]?.startsWith('#!') === true) return [{ page, line: first, text: block.join('\n') }]
  const found: DocCommand[] = []
  let open: { readonly line: number; readonly text: string } | null = null
  for (const [place, raw] of block.entries()) {
    const text: string = withoutComment(open === null ? raw.trim() : `${open.text}${raw}`)
    const began: number = open?.line ?? first + place
    if (/\\\s*$/.test(text)) open = { line: began, text: `${text.replace(/\s*\\\s*$/, '')} ` }
    else if (isQuoted(text)) open = { line: began, text: `${text}\n` }
    else {
      open = null
      if (text !== '') found.push({ page, line: began, text: text.replaceAll(/ {2,}/g, ' ') })
    }
  }
  return found
}

/** A `#` after white space begins a comment, unless it is in quotes. */
function withoutComment(line: string): string {
  for (const { index } of line.matchAll(/(?<=^|\s)#/g))
    if (!isQuoted(line.slice(0, index))) return line.slice(0, index).trimEnd()
  return line
}

/** Whether a quote is open at the end. */
function isQuoted(text: string): boolean {
  let quote: string | null = null
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] ?? ''
    if (letter === '\\' && quote !== "'") at++
    else if (quote === null && (letter === '"' || letter === "'")) quote = letter
    else if (letter === quote) quote = null
  }
  return quote !== null
}
