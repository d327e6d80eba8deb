import { expect } from 'vitest'

/** The production "Char" of XML 1.0, without the characters that start something else. */
export const safeText = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u

/** What may stand in each element, in the order that the schema of Jenkins' xUnit plugin and pytest's output have. */
const children: Readonly<Record<string, readonly string[]>> = {
  testsuites: ['testsuite'],
  testsuite: ['testcase'],
  testcase: ['properties', 'skipped', 'error', 'failure', 'flakyFailure', 'system-out'],
  properties: ['property'],
}

/** Names of the elements, nested as they are; throws where they are not, or where one stands in a place that is not its own. */
export function elementsOf(xml: string): readonly string[] {
  const open: { readonly name: string; last: number }[] = []
  const found: string[] = []
  const rest = xml.replaceAll(
    /<(?<end>\/?)(?<name>[A-Za-z?-]+)(?<attributes>(?: [a-z]+="[^"<]*")*)\s*(?<empty>[/?]?)>/g,
    (_, end: string, name: string, attributes: string, empty: string) => {
      if (end === '/') expect(open.pop()?.name).toBe(name)
      else {
        const keys = [...attributes.matchAll(/ ([a-z]+)=/g)].map(([, key]) => key)
        expect(new Set(keys).size, `attributes of ${name}`).toBe(keys.length)
        const parent = open.at(-1)
        if (parent !== undefined) {
          const place = children[parent.name]?.indexOf(name) ?? -1
          expect(place, `${name} in ${parent.name}`).toBeGreaterThanOrEqual(parent.last)
          parent.last = Math.max(0, place)
        } else if (name !== '?xml') expect(found.at(-1)).toBe('?xml')
        found.push(name)
        if (empty === '') open.push({ name, last: 0 })
      }
      return ''
    },
  )
  expect(open).toEqual([])
  expect(rest).not.toMatch(/[<>]|&(?!(amp|lt|gt|quot|#10);)/)
  return found
}
