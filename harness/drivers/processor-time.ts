import { readFileSync } from 'node:fs'

/** Linux counts processor time in hundredths of a second, on every machine of today. */
const tickMs = 10

/** What a process has used of processors so far, in milliseconds, of all its threads. @throws when there is none, or no `/proc`. */
export function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name in parentheses may hold spaces; utime and stime are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}
