import { describe, expect, it } from 'vitest'
import { checkMarks, WrongScenario } from './marks-check.ts'

describe('checkMarks', () => {
  it.each([
    ['folow case 3', 'follow case 3'],
    ['Follow case 4', 'follow case 4'],
    ['orphaned safe blok was followed', 'orphaned safe block was followed'],
  ])('refuses %s, and says what is near', (mark, meant) => {
    const body = "async ({ reached }) => { reached('orphaned safe block was followed') }"
    const check = () => checkMarks(['reset at start', mark], body)
    expect(check).toThrow(WrongScenario)
    expect(check).toThrow(`“${mark}”; did you mean ${meant}?`)
  })

  it.each([
    ['a mark that there is', 'error_engine', ''],
    ['one of the scenario’s own', 'follow case 3 twice', "reached('follow case 3 twice')"],
    ['one that is named elsewhere in the body', 'reset by LI reorg', "tell(reached, 'reset by LI reorg')"],
    ['one that a function outside the body may say', 'the follower went back by itself', ''],
  ])('takes %s', (_, mark, body) => expect(() => checkMarks([mark], body)).not.toThrow())
})
