/** No message of these protocols comes near it, call traces of deep contracts included. */
export const jsonDepthMax = 512

/**
 * The text as JSON; undefined when it is not JSON, or nested deeper than `jsonDepthMax`: a parser takes seconds for a
 * million brackets, and what walks its result takes a stack.
 * @param valuesMax undefined too when more lists, objects and items are in it: a million empty ones, which are three
 * megabytes, take a parser half a second.
 */
export function parseJson(text: string, valuesMax: number = Number.POSITIVE_INFINITY): unknown {
  // A short text has no room for so many brackets.
  if (text.length > jsonDepthMax && !isWithin(text, valuesMax)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Answers may have so many values whatever their length. */
const answerValuesFree = 10_000
/** A field of a block, a receipt or a status takes more on average, with its name and the empty ones among them. */
const bytesPerValueMin = 16

/** {@link parseJson} of what a server answered: a megabyte of nothing but empty lists costs a hundred times one of blocks. */
export function parseAnswerJson(text: string): unknown {
  return parseJson(text, answerValuesFree + text.length / bytesPerValueMin)
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c]

/** Counts brackets and commas outside strings, in one pass that jumps over strings. Of text that is not JSON, any answer will do. */
function isWithin(text: string, valuesMax: number): boolean {
  let depth = 0
  let values = 0
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at)
    // `[` and `{`, `]` and `}`: they differ by one bit.
    if ((character | 0x20) === 0x7b) {
      if (++depth > jsonDepthMax || ++values > valuesMax) return false
    } else if ((character | 0x20) === 0x7d) depth--
    else if (character === comma) {
      if (++values > valuesMax) return false
    } else if (character === quote) {
      at = endOfString(text, at)
      if (at < 0) return true
    }
  }
  return true
}

/** Where the string that begins at `start` has its closing quote; −1 without one. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes++
    if (escapes % 2 === 0) return end
  }
  return -1
}
