import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../../../node/adapters/files/package-root.ts'
import { commandsIn } from './commands-in.ts'
import { ruleOf, rules, runnable } from './rules.ts'

const commands = ['README.md', ...globSync('docs/*.md', { cwd: packageRoot }).sort()].flatMap((page) =>
  commandsIn(page, readFileSync(join(packageRoot, page), 'utf8')),
)

describe('commandsIn', () => {
  it('joins what goes on, leaves out comments, and knows a script and other blocks', () => {
    const page = [
      ...[
        '# title',
        '```sh',
        '# derives',
        'npx a --b \\',
        '  --c   # why',
        '',
        "curl -d '",
        '  {"#":1}',
        "' x # last",
      ],
      ...['```', '```', 'follower: no progress', '```', '```', 'npx d', '```', '```ts', 'npx e', '```'],
      ...['```sh', '#!/bin/sh', '# all of it', 'f', '```'],
    ].join('\n')
    expect(commandsIn('p', page)).toEqual([
      { page: 'p', line: 4, text: 'npx a --b --c' },
      { page: 'p', line: 7, text: 'curl -d \'\n {"#":1}\n\' x' },
      { page: 'p', line: 15, text: 'npx d' },
      { page: 'p', line: 21, text: '#!/bin/sh\n# all of it\nf' },
    ])
  })
})

describe('the commands of the pages', () => {
  it('have each a rule: run by itself, or not, and why', () => {
    expect(commands.length).toBeGreaterThan(40)
    for (const { text } of commands) expect(() => ruleOf(text)).not.toThrow()
  })

  it('leave no rule without a command', () => {
    const used = new Set(commands.map(({ text }) => ruleOf(text)))
    expect(rules.filter((rule) => !used.has(rule)).map(({ fits }) => fits.source)).toEqual([])
  })

  it('run mostly', () => {
    const alone = commands.filter(({ text }) => ruleOf(text).not === undefined)
    expect(alone.length).toBeGreaterThan(commands.length / 2)
  })
})

describe('runnable', () => {
  it.each([
    ['npm ci && npm start', 'npm start'],
    ['npx lockstep report RUN --json', 'npx lockstep report latest --json'],
    [
      'LOCKSTEP_KILLS=50 npx lockstep accept Restart_Killed',
      'LOCKSTEP_KILLS=2 npx lockstep accept Restart_Killed',
    ],
    ['npx lockstep report', 'npx lockstep report'],
  ])('%s', (command, run) => {
    expect(runnable(command, ruleOf(command))).toBe(run)
  })
})
