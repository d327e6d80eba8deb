import { describe, expect, it } from 'vitest'
import { didYouMean } from './flags-nearest.ts'

const commands = ['accept', 'conformance', 'up', 'report', 'node', 'el', 'decode']

describe('didYouMean', () => {
  it.each([
    { word: 'acept', guess: '; did you mean accept?' },
    { word: 'Report', guess: '; did you mean report?' },
    { word: 'nod', guess: '; did you mean node?' },
    { word: 'conformence', guess: '; did you mean conformance?' },
    { word: 'foo', guess: '' },
    { word: 'x', guess: '' },
    { word: 'deploy', guess: '' },
    { word: 'conform', guess: '; did you mean conformance?' },
    { word: 'Formence', guess: '; did you mean conformance?' },
  ])('$word', ({ word, guess }) => {
    expect(didYouMean(word, commands)).toBe(guess)
  })

  it('writes what stands in front of the word', () => {
    expect(didYouMean('jsn', ['json', 'list'], '--')).toBe('; did you mean --json?')
  })
})
