import { gunzipSync } from 'node:zlib'
import { createIndexReader, type IndexLine } from '../model/packed-index.ts'
import { createRunIndex, type RunIndex } from '../model/run-index.ts'

/** The first run of a report, read from the page and nothing else. */
export function readReport(html: string): RunIndex {
  const [names, ...lines] = embedded(html, 'run-0').toString('utf8').trimEnd().split('\n')
  const index = createRunIndex()
  const add = createIndexReader(index, JSON.parse(names ?? '') as string[], embedded(html, 'details-0'))
  for (const line of lines) add(JSON.parse(line) as IndexLine)
  return index
}

function embedded(html: string, id: string): Buffer {
  const base64 = new RegExp(`<script type="application/gzip;base64" id="${id}">([^<]*)</script>`).exec(
    html,
  )?.[1]
  if (base64 === undefined) throw new Error(`expected the script ${id} in the report, found none`)
  return gunzipSync(Buffer.from(base64, 'base64'))
}
