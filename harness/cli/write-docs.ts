import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packageRoot } from '../package/package-root.ts'
import { collectScenarios, isScenario } from './scenario-catalogue.ts'
import { scenarioDocs } from './scenario-docs.ts'

// The program of `npm run docs`.
const path = join(packageRoot, 'docs/scenarios.md')
mkdirSync(dirname(path), { recursive: true })
writeFileSync(path, scenarioDocs((await collectScenarios()).filter(isScenario)))
process.stdout.write(`${path}\n`)
// A worker of vitest may still be on its way out.
process.exit(0)
