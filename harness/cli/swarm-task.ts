import { globSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { shardOfSlot, slotVariable } from '../fuzz/swarm-slot.ts'
import { fuzz } from './fuzz.ts'

/**
 * What a task of a swarm runs: its shard of a campaign. Arguments are how many shards there are, and the flags of
 * `lockstep fuzz`. The last line that it says is the result.
 */
const [count = '', ...flags] = process.argv.slice(2)
const out = mkdtempSync(join(tmpdir(), 'lockstep-shard-'))
const shard = shardOfSlot(process.env[slotVariable] ?? '', Number(count))
const code = await fuzz([...flags, '--shard', shard, '--out', out])
const [file] = globSync('result-*.json', { cwd: out })
if (file !== undefined) {
  const result: unknown = JSON.parse(readFileSync(join(out, file), 'utf8'))
  process.stdout.write(`${ascii(JSON.stringify(result))}\n`)
  // What it found is in there: a swarm tries again what ends with anything but 0.
} else process.exitCode = code

/** The same JSON: an engine cuts lines at any byte. */
function ascii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
