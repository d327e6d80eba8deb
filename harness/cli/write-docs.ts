import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packageRoot } from '../../node/adapters/files/package-root.ts'
import { casesPage } from './cases-page.ts'
import { nodePage } from './node-page.ts'
import { collectScenarios, isScenario } from './scenario-catalogue.ts'
import { scenarioDocs } from './scenario-docs.ts'
import { trackRecordPage } from './track-record-page.ts'

// The program of `npm run docs`.
const path = join(packageRoot, 'docs/scenarios.md')
mkdirSync(dirname(path), { recursive: true })
writeFileSync(path, scenarioDocs((await collectScenarios()).filter(isScenario)))
writeFileSync(join(packageRoot, 'docs/running-the-node.md'), nodePage())
writeFileSync(join(packageRoot, 'docs/track-record.md'), trackRecordPage())
writeFileSync(join(packageRoot, 'docs/cases.md'), casesPage())
process.stdout.write(`${path}\n`)
// A worker of vitest may still be on its way out.
process.exit(0)
