import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { toLogFields } from '../adapters/logs/log-values.ts'
import { ActorError } from '../concurrency/supervise.ts'

const node = fileURLToPath(new URL('..', import.meta.url))

describe('the errors of the node', () => {
  it('are all of one base; those of protocols, ports and JSON-RPC have their own codes or none', () => {
    const files = globSync('**/*.ts', { cwd: node }).filter(
      (file) => !/^(protocol|ports|json-rpc|adapters|errors)\/|\.test\.ts$|\/testing\//.test(file),
    )
    expect(files.length).toBeGreaterThan(100)
    const others = files.filter((file) => / extends Error\b/.test(readFileSync(`${node}/${file}`, 'utf8')))
    expect(others).toEqual([])
  })

  it('have their code and facts in logs, without secrets', () => {
    const error = new ActorError('engine', new Error('broken'))
    Object.assign(error.facts, { height: 5n, jwtSecret: '0x01' })
    expect(toLogFields({ error })).toEqual({
      error: {
        name: 'ActorError',
        message: 'engine: broken',
        code: 'actor-ended',
        facts: { actor: 'engine', height: 5, jwtSecret: '(redacted)' },
        cause: { name: 'Error', message: 'broken' },
      },
    })
  })
})
