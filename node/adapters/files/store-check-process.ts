/**
 * A program of its own, because LMDB reads a file that it has mapped without a check, and a damaged page may end the
 * process: reads every record of the store in the directory that is its argument. Prints the first that is damaged.
 */
import { open } from 'lmdb'
import { openValue } from './checked-value.ts'

const binary = { encoding: 'binary', keyEncoding: 'binary' } as const
const [directory = ''] = process.argv.slice(2)

const environment = open<Buffer, Buffer>({
  path: directory,
  readOnly: true,
  noSubdir: false,
  maxDbs: 32,
  ...binary,
})
// The tables are records of the unnamed one, by their names and a zero.
const names = [...environment.getKeys()].map((key) => key.toString().replace(/\0$/, ''))
for (const name of names) {
  const table = environment.openDB<Buffer, Buffer>(name, binary)
  for (const { key, value } of table.getRange())
    if (openValue(key, value) === null) {
      process.stdout.write(`the record ${key.toString('hex')} of ${name} is not what was written`)
      process.exit(3)
    }
}
process.stdout.write('whole')
