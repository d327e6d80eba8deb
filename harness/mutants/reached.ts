import { readFileSync } from 'node:fs'
import { type Profiler, Session } from 'node:inspector'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Mutant } from './mutant.ts'

/** Which rules the code of this process came by. */
export interface Reached {
  /**
   * Names of those that ran since the last call where they can make a difference: the text of a rule, or what it guards
   * when the mutant has the guard hold less often. What runs when a module is loaded counts every time, and so does a
   * function that was called often: once it is compiled into its callers V8 counts its calls no more.
   */
  take(): readonly string[]
}

const calledOften = 200

/**
 * Watches from now on: what is to be seen is imported afterwards, and not from the compile cache, whose functions count
 * nothing. A run that did not come by a rule is the same run with that rule broken.
 * @param root the source tree.
 */
export function watchReached(mutants: readonly Mutant[], root: string): Reached {
  const session = new Session()
  session.connect()
  session.post('Profiler.enable')
  // Without counts V8 tells of each function once, and not at every look.
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  const places = new Map<string, { readonly name: string; readonly offset: number }[]>()
  for (const mutant of mutants) {
    const { name, file } = mutant
    const url = pathToFileURL(join(root, file)).href
    const place = { name, offset: placeOf(mutant, readFileSync(join(root, file), 'utf8')) }
    places.set(url, [...(places.get(url) ?? []), place])
  }
  const always = new Set<string>()
  const calls = new Map<string, number>()
  return {
    take() {
      let scripts: readonly Profiler.ScriptCoverage[] = []
      session.post('Profiler.takePreciseCoverage', (_, answer) => {
        scripts = answer?.result ?? []
      })
      const names = new Set(always)
      for (const { url, functions } of scripts)
        for (const { name, offset } of places.get(url) ?? []) {
          const innermost = innermostRange(functions, offset)
          if (innermost === null || innermost.count === 0) continue
          names.add(name)
          if (!innermost.isFunction) continue
          const called = (calls.get(name) ?? 0) + innermost.count
          calls.set(name, called)
          if (innermost.isModule || called >= calledOften) always.add(name)
        }
      return [...names].sort()
    },
  }
}

/** Where in the file the mutant can make a difference. */
export function placeOf(
  { find, replace, at }: Pick<Mutant, 'find' | 'replace' | 'at'>,
  text: string,
): number {
  const from = at === undefined ? text.indexOf(find) + (guardedAt(find, replace) ?? 0) : text.indexOf(at)
  return from + text.slice(from).search(/\S/)
}

/** Where what an `if` guards begins, when the mutant leaves the `if` out or only lets it hold less often; null otherwise. */
function guardedAt(find: string, replace: string): number | null {
  if (!find.startsWith('if (')) return null
  let depth = 0
  const end = [...find].findIndex((character) => {
    if (character === '(') depth++
    return character === ')' && --depth === 0
  })
  if (end < 0) return null
  const isLeftOut = replace === ''
  const isNarrowed = replace.startsWith(`${find.slice(0, end)} && `)
  const isRaised = / > [^=&|]*$/.test(find.slice(0, end)) && replace.startsWith(`${find.slice(0, end)} + `)
  return isLeftOut || isNarrowed || isRaised ? end + 1 : null
}

/** The smallest range that holds the offset: V8 gives a range for each function and for each block that counts apart. */
function innermostRange(functions: readonly Profiler.FunctionCoverage[], offset: number) {
  let best: (Profiler.CoverageRange & { readonly isModule: boolean; readonly isFunction: boolean }) | null =
    null
  for (const { ranges } of functions)
    for (const [index, range] of ranges.entries()) {
      if (range.startOffset > offset || range.endOffset <= offset) continue
      if (best !== null && range.endOffset - range.startOffset > best.endOffset - best.startOffset) continue
      best = { ...range, isModule: range.startOffset === 0, isFunction: index === 0 }
    }
  return best
}
