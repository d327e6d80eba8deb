import { createHash } from 'node:crypto'
import type { Viewer } from './build-viewer.ts'
import type { PackedRun } from './pack-run.ts'

export interface RenderReportOptions {
  readonly viewer: Viewer
  readonly runs: readonly PackedRun[]
  /** Where the page asks for news; a file asks nobody. */
  readonly live?: string
}

/**
 * The whole page. Events stand in it as base64, which no event can break out of; scripts run only by their hash, and
 * nothing is loaded from anywhere.
 */
export function renderReport({ viewer, runs, live }: RenderReportOptions): string {
  // A script ends at the first `</script`, wherever that stands.
  const script = viewer.script.replaceAll(/<\/(script)/gi, '<\\/$1')
  const style = viewer.style.replaceAll(/<\/(style)/gi, '<\\/$1')
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    `connect-src ${live === undefined ? "'none'" : "'self'"}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const report = {
    live: live ?? null,
    runs: runs.map(({ name, runId, omitted, detailBytes }, place) => ({
      ...{ index: `run-${place}`, details: `details-${place}`, detailBytes },
      ...{ name, runId, omitted },
    })),
  }
  const title = runs.map(({ name }) => name).join(', ')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title.slice(0, 200))}</title>
<style>${style}</style>
</head>
<body>
<div id="app"><noscript>This report needs JavaScript; it loads nothing.</noscript></div>
<script type="application/json" id="report">${JSON.stringify(report).replaceAll('<', '\\u003c')}</script>
${runs.flatMap(({ index, details }, place) => [embed(`run-${place}`, index), embed(`details-${place}`, details)]).join('\n')}
<script type="module">${script}</script>
</body>
</html>
`
}

function embed(id: string, gzip: Buffer): string {
  return `<script type="application/gzip;base64" id="${id}">${gzip.toString('base64')}</script>`
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
