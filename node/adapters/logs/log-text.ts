/** Written as they are; every other string is quoted. */
const plainValue = /^[^\s"'=\\]+$/
const levelColours: Readonly<Record<string, number>> = { debug: 90, info: 32, warn: 33, error: 31 }
const messageWidth = 32

/**
 * One log record as a line for people: time, level, message, then `name=value` pairs in op-node's manner.
 * `record` is the object that the JSON format prints.
 */
export function formatLogText(record: Readonly<Record<string, unknown>>, colour: boolean): string {
  const { time, level, msg, ...fields } = record
  const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[39m` : text)
  const levelName = String(level)
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${paint(36, name)}=${formatValue(value)}`)
  const head = `${paint(90, String(time).slice(11, 23))} ${paint(levelColours[levelName] ?? 39, levelName.toUpperCase().padEnd(5))}`
  const message = oneLine(String(msg ?? ''))
  return [head, pairs.length > 0 ? message.padEnd(messageWidth) : message, ...pairs].join(' ')
}

function formatValue(value: unknown): string {
  if (typeof value === 'string') return plainValue.test(value) ? value : JSON.stringify(value)
  if (isErrorValue(value)) return JSON.stringify(errorText(value))
  return value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value)
}

interface ErrorValue {
  readonly name: string
  readonly message: string
  readonly cause?: unknown
}

function isErrorValue(value: unknown): value is ErrorValue {
  return value !== null && typeof value === 'object' && 'name' in value && 'message' in value
}

function errorText(error: ErrorValue): string {
  const own = error.name === 'Error' ? error.message : `${error.name}: ${error.message}`
  if (error.cause === undefined) return own
  return `${own} ← ${isErrorValue(error.cause) ? errorText(error.cause) : formatValue(error.cause)}`
}

/** A log line is one line, whatever a peer or a server put into the text. */
function oneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, ' ⏎ ')
}
