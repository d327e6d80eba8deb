import type { Driver } from './driver.ts'

/** The same driver, but nothing is launched before `before` has resolved; when it rejects, nothing is. */
export function launchAfter(driver: Driver, before: (() => Promise<void>) | undefined): Driver {
  if (before === undefined) return driver
  return {
    ...driver,
    async launch(instead) {
      await before()
      return driver.launch(instead)
    },
  }
}
