import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiReport, apiReportPath } from './api-report.ts'
import { emitTypes } from './emit-types.ts'

/** The program of `npm run api`: writes the public surface anew, for a change of it that is meant. */
const types = mkdtempSync(join(tmpdir(), 'lockstep-api-'))
try {
  emitTypes(types)
  writeFileSync(apiReportPath, apiReport(types))
} finally {
  rmSync(types, { recursive: true })
}
process.stdout.write(`${apiReportPath}\n`)
