import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WorldEvent } from '../events/event.ts'
import { loadViewer } from './build-viewer.ts'
import { packRun } from './pack-run.ts'
import { renderReport } from './render-report.ts'
import { serveReport } from './serve-report.ts'
import { findChromium, keepScreenshot, launchChromium } from './testing/chromium.ts'
import { longRun } from './testing/long-run.ts'
import { recordedRun } from './testing/recorded-run.ts'

/** The answer to a request that names another host; `fetch` would not let it. */
function statusFor(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { host } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    }).on('error', reject)
  })
}

/** Resolves when what a key did is on the screen: the page draws with the next frame. */
async function drawn(page: Page): Promise<void> {
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
}

const executable = findChromium()
const reason = executable === null ? ' (skipped: no chromium on this machine)' : ''

describe.skipIf(executable === null)(`a report in a browser${reason}`, () => {
  let directory: string
  let browser: Browser
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lockstep-report-'))
    browser = await launchChromium(executable ?? '')
  })
  afterAll(async () => {
    await browser?.close()
    rmSync(directory, { recursive: true, force: true })
  })

  async function write(name: string, events: readonly WorldEvent[]): Promise<string> {
    const path = join(directory, `${name}.html`)
    writeFileSync(path, renderReport({ viewer: await loadViewer(), runs: [packRun(events)] }))
    return pathToFileURL(path).href
  }

  async function open(
    url: string,
    options: Parameters<Browser['newPage']>[0] = {},
  ): Promise<Page & AsyncDisposable> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options })
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    page.on('request', (request) => request.url() !== url && problems.push(`asked for ${request.url()}`))
    await page.goto(url)
    await page.waitForSelector('html[data-ready]')
    return Object.assign(page, {
      [Symbol.asyncDispose]: async () => {
        await page.close()
        expect(problems).toEqual([])
      },
    })
  }

  it.each(['engine-hangs', 'another-l1-fork', 'three-faults', 'reorg-recovery', 'two-clients'] as const)(
    'answers all five questions of %s without scrolling, in light and dark, and at 800 px',
    async (name) => {
      const url = await write(name, recordedRun(name))
      for (const colorScheme of ['light', 'dark'] as const) {
        await using page = await open(url, { colorScheme })
        for (const region of [
          ...['When and where', 'What the chain looked like then'],
          ...['What they said to each other', 'What they logged'],
        ]) {
          const box = await page.getByRole('region', { name: region }).boundingBox()
          expect(box?.height, region).toBeGreaterThan(180)
          expect((box?.y ?? 0) + (box?.height ?? 0), region).toBeLessThanOrEqual(800)
          expect((box?.x ?? 0) + (box?.width ?? 0), region).toBeLessThanOrEqual(1280)
        }
        expect(await page.evaluate('document.documentElement.scrollHeight')).toBe(800)
        await keepScreenshot(page, `${name}-1280-${colorScheme}`)
        await page.setViewportSize({ width: 800, height: 1000 })
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(800)
        await keepScreenshot(page, `${name}-800-${colorScheme}`)
      }
    },
  )

  it('says what broke, when, which message, and what the node knew', async () => {
    await using page = await open(await write('answers', recordedRun('engine-hangs')))
    const text = await page.locator('header').textContent()
    expect(text).toContain('follower.unsafe ≥ 17')
    expect(text).toContain('follower.unsafe is 14:0x50c6f1ba…')
    expect(text).toContain('LOCKSTEP_SEED=ca767c4102ffe020')
    expect(await page.getByRole('slider').getAttribute('aria-valuetext')).toMatch(
      /^\+33\.202 s; .*follower unsafe 14:/,
    )
    expect(await page.getByRole('row', { name: /^follower/ }).textContent()).toMatch(
      /14:50c6.*6:2d87.*7:d845/s,
    )

    await page.getByLabel('outcome').selectOption('unreachable')
    await page.getByLabel('method').selectOption('engine_forkchoiceUpdatedV3')
    const messages = page.getByRole('listbox', { name: 'messages' })
    await messages.getByRole('option').last().click()
    const details = await page.getByRole('dialog').textContent()
    expect(details).toContain('follower → follower-el')
    expect(details).toContain('"headBlockHash"')
    await page.keyboard.press('Escape')
    expect(await page.getByRole('dialog').count()).toBe(0)
  })

  it('is led by keys alone: cursor, zoom, turning points, messages', async () => {
    await using page = await open(await write('keys', recordedRun('reorg-recovery')))
    const slider = page.getByRole('slider')
    const now = async () => Number(await slider.getAttribute('aria-valuenow'))
    const press = async (key: string) => {
      await page.keyboard.press(key)
      await drawn(page)
    }
    await slider.focus()
    await press('Home')
    expect(await now()).toBe(0)
    await press('n')
    const first = await now()
    expect(first).toBeGreaterThan(0)
    await press('ArrowRight')
    const coarse = (await now()) - first
    await press('+')
    await press('+')
    const before = await now()
    await press('ArrowRight')
    expect((await now()) - before).toBeLessThan(coarse / 2)
    const messages = page.getByRole('listbox', { name: 'messages' })
    await messages.focus()
    await press('ArrowDown')
    await press('Enter')
    await page.getByRole('dialog').waitFor()
  })

  it('shows a hostile body, name or log line as text', async () => {
    const bad = `</script><script>document.title='owned'</script><img src=x onerror="document.title='owned'">javascript:alert(1)`
    const events = recordedRun('engine-hangs').map((event): WorldEvent => {
      if (event.kind === 'log' || event.kind === 'note') return { ...event, message: bad, component: bad }
      if (event.kind === 'run') return { ...event, scenario: bad }
      if (event.kind === 'engine') return { ...event, method: bad, request: bad, response: { [bad]: bad } }
      if (event.kind === 'end')
        return { ...event, message: `${bad}\n\n  expected   ${bad}\n  found      ${bad}` }
      return event
    })
    await using page = await open(await write('hostile', events))
    await page.getByRole('listbox', { name: 'messages' }).press('Enter')
    expect(await page.title()).not.toBe('owned')
    expect(await page.locator('img, a, iframe, form').count()).toBe(0)
    expect(await page.locator('h1').textContent()).toBe(bad)
  })

  it('opens 100 000 events at once, and scrolls without long tasks', async () => {
    const url = await write('long', longRun(100_000))
    // Processor time of the page: how long it takes by the clock says more of what else runs on this machine.
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
    await page.goto(url)
    await page.waitForSelector('html[data-ready]')
    const busy = async () => {
      const { metrics } = await devtools.send('Performance.getMetrics')
      return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.POSITIVE_INFINITY)
    }
    const openMs = await busy()
    const readyMs = await page.evaluate<number>("performance.getEntriesByName('lockstep-ready')[0].startTime")
    await page.evaluate(
      "window.long = []; new PerformanceObserver((list) => long.push(...list.getEntries().map((e) => e.duration))).observe({ type: 'longtask' })",
    )
    const messages = page.getByRole('listbox', { name: 'messages' })
    await messages.hover()
    const before = await busy()
    const turns = 20
    for (let turn = 0; turn < turns; turn++) {
      await page.mouse.wheel(0, 2_000)
      await drawn(page)
    }
    const turnMs = ((await busy()) - before) / turns
    const long = await page.evaluate<number[]>('long')
    process.stdout.write(
      `100 000 events: ready after ${Math.round(readyMs)} ms, ${Math.round(openMs)} ms of them busy; ${turnMs.toFixed(1)} ms busy for each turn of the wheel; long tasks while scrolling: ${long.map(Math.round)}\n`,
    )
    await page.close()
    // Twice what it takes where eight others share two processors.
    expect(openMs).toBeLessThan(1_800)
    expect(turnMs).toBeLessThan(50)
  })

  it('loads itself again while a served run goes on, and keeps the place of its reader', async () => {
    const events = recordedRun('engine-hangs')
    const timeline = join(directory, 'timeline.ndjson')
    const text = (part: readonly WorldEvent[]) => part.map((event) => `${JSON.stringify(event)}\n`).join('')
    writeFileSync(timeline, text(events.slice(0, 900)))
    const served = await serveReport([timeline])
    try {
      const page = await browser.newPage()
      await page.goto(served.url)
      await page.waitForSelector('html[data-ready]')
      expect(await page.locator('.badge').textContent()).toContain('unfinished')
      await page.getByRole('slider').press('Home')
      await page.waitForURL(/#t=0&/)
      writeFileSync(timeline, text(events))
      await page.getByText('failed', { exact: false }).first().waitFor()
      await page.waitForSelector('header.failed')
      expect(await page.getByRole('slider').getAttribute('aria-valuenow')).toBe('0')
      await page.close()
      expect(await statusFor(served.url, 'evil.example')).toBe(403)
    } finally {
      await served.close()
    }
  })
})
