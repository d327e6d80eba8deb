import { describe, expect, it } from 'vitest'
import { launchOwn } from './own-program.ts'

const options = (args: readonly string[]) => launchOwn('node', args).env?.['NODE_OPTIONS']

describe('our own programs', () => {
  it('give a node that derives room for its garbage, and a follower little', () => {
    expect(options(['--l1', 'http://l1'])).toBe('--max-semi-space-size=8')
    expect(options(['--l1', 'http://l1', '--l2.follow.source', 'http://source'])).toBe(
      '--max-semi-space-size=4',
    )
    expect(options(['--l2.follow.source=http://source'])).toBe('--max-semi-space-size=4')
  })

  it('take nothing from the options that the runner itself was started with', () => {
    expect(launchOwn('el', []).env?.['NODE_OPTIONS']).toBe('')
  })
})
