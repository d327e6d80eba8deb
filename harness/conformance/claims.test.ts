import { describe, expect, it } from 'vitest'
import { collectScenarios } from '../cli/scenario-catalogue.ts'
import { clRoles } from '../world/role.ts'
import { claims } from './claims.ts'

describe('the claims', async () => {
  const catalogue = await collectScenarios()

  it('have an id of their own each, with their role in it', () => {
    expect(new Set(claims.map(({ id }) => id)).size).toBe(claims.length)
    for (const { id, role } of claims) expect(id).toMatch(new RegExp(`^${role}\\.[a-z0-9-]+$`))
    expect(new Set(claims.map(({ role }) => role))).toEqual(new Set(clRoles))
  })

  it.each(claims)('$id is proven by a scenario that has the slot', ({ scenario, role, sentence }) => {
    const entry = catalogue.find(({ name }) => name === scenario)
    expect(entry, `the scenario ${scenario}`).toBeDefined()
    expect(sentence).toMatch(/^It .*\.$|^With .*\.$|^After .*\.$|^When .*\.$|^A .*\.$/)
    expect(Object.values(entry?.slots ?? {})).toContain(role)
  })
})
