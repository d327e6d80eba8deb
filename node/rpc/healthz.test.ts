import { expect, it } from 'vitest'
import { ActorError } from '../concurrency/supervise.ts'
import { healthz } from './healthz.ts'

// op-service/rpc/server.go, defaultHealthzHandler: the version as JSON.
it('answers the version while the node lives', () => {
  expect(healthz('v1.2.3', null)).toEqual({
    status: 200,
    type: 'application/json',
    body: '{"version":"v1.2.3"}\n',
  })
})

it('is unavailable from the failure of an actor on, and says which', () => {
  const { status, body } = healthz('v1.2.3', new ActorError('engine', new Error('invariant broken')))
  expect(status).toBe(503)
  expect(JSON.parse(body)).toEqual({ version: 'v1.2.3', error: 'engine: invariant broken' })
})
