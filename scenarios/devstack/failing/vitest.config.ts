import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Runs the scenario that fails on purpose; only `leaves-nothing.test.ts` uses it. */
const configuration = defineConfig({
  test: {
    root: fileURLToPath(new URL('.', import.meta.url)),
    include: ['failing.fixture.ts'],
    pool: 'forks',
  },
})

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export.
export default configuration
