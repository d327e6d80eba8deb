import { gunzipSync } from 'node:zlib'
import { createIndexReader, type IndexHead, type IndexPart } from '../model/packed-index.ts'
import { createRunIndex, type RunIndex } from '../model/run-index.ts'

/** The first run of a report, read from the page and nothing else. */
export function readReport(html: string): RunIndex {
  const [head = '', ...parts] = embedded(html, 'run-0').toString('utf8').trimEnd().split('\n')
  const index = createRunIndex()
  const add = createIndexReader(index, JSON.parse(head) as IndexHead, embedded(html, 'details-0'))
  for (const part of parts) add(JSON.parse(part) as IndexPart)
  return index
}

function embedded(html: string, id: string): Buffer {
  const base64 = new RegExp(`<script type="application/gzip;base64" id="${id}">([^<]*)</script>`).exec(
    html,
  )?.[1]
  if (base64 === undefined) throw new Error(`expected the script ${id} in the report, found none`)
  return gunzipSync(Buffer.from(base64, 'base64'))
}
