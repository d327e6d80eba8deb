import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'

/** Where distributions put it; `LOCKSTEP_CHROMIUM` says another place. */
const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The browser of this machine; null when there is none. */
export function findChromium(): string | null {
  return (
    [process.env['LOCKSTEP_CHROMIUM'], ...places].find((path) => path !== undefined && existsSync(path)) ??
    null
  )
}

export function launchChromium(executablePath: string): Promise<Browser> {
  // In a container of CI, as root, Chromium's own sandbox cannot start; the pages are ours and load nothing.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

/** Keeps a picture where `LOCKSTEP_SCREENSHOTS` says; without it there is none. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  const directory = process.env['LOCKSTEP_SCREENSHOTS']
  if (directory === undefined || directory === '') return
  await mkdir(directory, { recursive: true })
  await page.screenshot({ path: join(directory, `${name}.png`), fullPage: true })
}
