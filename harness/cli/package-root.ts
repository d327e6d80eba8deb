import { fileURLToPath } from 'node:url'

/** The directory of this package, without a slash at its end. */
export const packageRoot: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
