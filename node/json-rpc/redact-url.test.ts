import { expect, it } from 'vitest'
import { redactUrl } from './redact-url.ts'

it.each([
  ['http://user:pass@host:1/path/key?token=x', 'http://host:1'],
  ['https://host/v3/key', 'https://host'],
  ['memory://source', 'memory://source'],
  ['nonsense', '(not a URL)'],
])('shows %s as %s', (url, shown) => {
  expect(redactUrl(url)).toBe(shown)
})
