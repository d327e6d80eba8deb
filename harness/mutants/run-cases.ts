import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type Case, caseSchema, parseCase } from '../cases/case.ts'
import type { Mutant } from './mutant.ts'
import { runGroup } from './run-group.ts'
import type { Workspace, Workspaces } from './workspace.ts'

/** What a recorded incident says of the rule that it is about. */
export interface CaseProof {
  readonly name: string
  readonly mutant: string
  /** What the node as it is violates: nothing. */
  readonly unbroken: string | null
  /** What it violates with the rule broken: something. */
  readonly broken: string | null
}

export interface RunCasesOptions {
  /** The source tree. */
  readonly root: string
  readonly workspaces: Workspaces
  readonly mutants: readonly Mutant[]
  readonly jobs: number
  readonly signal: AbortSignal
  readonly onProof: (proof: CaseProof) => void
}

const replayMsMax = 900_000
const outcomeSchema = z.looseObject({ violation: caseSchema.shape.violates })

/** The incidents of `fixtures/incidents` that name a mutant, each on the node as it is and on the node with that mutant. */
export async function runCases(options: RunCasesOptions): Promise<readonly CaseProof[]> {
  const waiting = incidents(options.root).flatMap((one) => {
    const mutant = options.mutants.find(({ name }) => name === one.mutant)
    return mutant === undefined ? [] : [{ one, mutant }]
  })
  const proofs: CaseProof[] = []
  const work = async (workspace: Workspace) => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { one, mutant } = next
      const replay = () => violated(workspace, one.name, options.signal)
      const proof: CaseProof = {
        ...{ name: one.name, mutant: mutant.name },
        unbroken: await replay(),
        broken: await workspace.withMutant(mutant, replay),
      }
      proofs.push(proof)
      options.onProof(proof)
    }
  }
  const workspaces = Array.from({ length: options.jobs }, () => options.workspaces.create())
  await Promise.all((await Promise.all(workspaces)).map(work))
  return proofs.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Whether the incident fails on the broken node alone. */
export const isProof = ({ unbroken, broken }: CaseProof) => unbroken === null && broken !== null

export function proofLine(proof: CaseProof): string {
  const { name, mutant, unbroken, broken } = proof
  if (isProof(proof)) return `✓ ${name}  ${mutant}: ${broken}`
  return unbroken === null
    ? `✗ ${name}  ${mutant}: expected a violation, found none`
    : `✗ ${name}  the node as it is violates ${unbroken}`
}

function incidents(root: string): readonly Case[] {
  const directory = join(root, 'fixtures/incidents')
  return readdirSync(directory)
    .filter((file) => file.endsWith('.json'))
    .map((file) => parseCase(readFileSync(join(directory, file), 'utf8'), file))
    .filter(({ violates }) => violates === null)
}

async function violated({ directory }: Workspace, name: string, signal: AbortSignal): Promise<string | null> {
  const { output } = await runGroup(
    [
      join(directory, 'harness/cli/main.ts'),
      ...['replay', join(directory, 'fixtures/incidents', `${name}.json`), '--json'],
    ],
    { directory, limitMs: replayMsMax, signal },
  )
  const line = output.split('\n').findLast((candidate) => candidate.startsWith('{"violation"'))
  if (line === undefined) throw new Error(`${name}: the replay gave no result\n${output.slice(-4_000)}`)
  return outcomeSchema.parse(JSON.parse(line)).violation?.reason ?? null
}
