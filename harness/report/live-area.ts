/** The part of a terminal that a live area needs. */
export interface Terminal {
  readonly columns?: number | undefined
  write(text: string): unknown
}

/** Lines at the bottom of a terminal that are written again and again, with ordinary output above them. */
export interface LiveArea {
  /** Replaces the live lines. */
  show(lines: readonly string[]): void
  /** Writes lines that stay, above the live ones. */
  print(text: string): void
  /** Removes the live lines. */
  clear(): void
}

export function createLiveArea(terminal: Terminal): LiveArea {
  let shown: readonly string[] = []
  const erase = () => (shown.length === 0 ? '' : `\u001b[${shown.length}A\u001b[J`)
  // A line that wraps would count twice when the cursor goes up again. A terminal without a size says 0.
  const fit = (line: string) => line.slice(0, (terminal.columns || 120) - 1)
  const draw = () => shown.map((line) => `${line}\n`).join('')
  return {
    show(lines) {
      const next = lines.map(fit)
      const up = erase()
      shown = next
      terminal.write(up + draw())
    },
    print(text) {
      terminal.write(`${erase()}${text}\n${draw()}`)
    },
    clear() {
      const up = erase()
      shown = []
      terminal.write(up)
    },
  }
}
