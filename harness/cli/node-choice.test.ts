import { describe, expect, it } from 'vitest'
import { bugs } from '../incidents/bugs/bugs.ts'
import { chooseNode } from './node-choice.ts'

const all = Object.keys(bugs).join(', ')

describe('--bug', () => {
  it('drives a follower with a bug, wherever it runs from', async () => {
    expect(await chooseNode('believes-everything', { hasSources: false })).toMatchObject({ kind: 'bug' })
    expect(await chooseNode(undefined, { hasSources: false })).toMatchObject({ kind: 'own' })
  })

  it.each([
    [
      'no-replay-guard',
      `--bug: no-replay-guard breaks a rule in the sources of our node, which only a checkout of Lockstep has; in a package there are ${all}`,
    ],
    ['no-replay-gard', `--bug: there is no "no-replay-gard". These are the bugs: ${all}`],
    [
      'believe-everything',
      `--bug: there is no "believe-everything"; did you mean believes-everything? These are the bugs: ${all}`,
    ],
  ])('names what works in a package in place of %s, and nothing else', async (name, message) => {
    await expect(chooseNode(name, { hasSources: false })).rejects.toThrow(
      expect.objectContaining({ name: 'UsageError', message }),
    )
  })

  it('guesses a rule of our node where there are sources', async () => {
    await expect(chooseNode('no-replay-gard', { hasSources: true })).rejects.toThrow(
      'did you mean no-replay-guard?',
    )
  })
})
