/** The colours of the style sheet, for a canvas. */
export interface Palette {
  readonly text: string
  readonly quiet: string
  readonly line: string
  readonly panel: string
  readonly ground: string
  readonly bad: string
  readonly accent: string
  readonly fault: string
  readonly reorg: string
  readonly unsafe: string
  readonly localSafe: string
  readonly crossSafe: string
  readonly finalized: string
  readonly l1: string
}

export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element)
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim()
  return {
    ...{ text: read('text'), quiet: read('quiet'), line: read('line'), panel: read('panel') },
    ...{ ground: read('ground'), bad: read('bad'), accent: read('accent'), fault: read('fault') },
    ...{ reorg: read('reorg'), unsafe: read('unsafe'), localSafe: read('local-safe') },
    ...{ crossSafe: read('cross-safe'), finalized: read('finalized'), l1: read('l1') },
  }
}
