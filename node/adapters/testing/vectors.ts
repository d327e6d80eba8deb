import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readInputFile } from '../files/input-file.ts'
import { packageRoot } from '../files/package-root.ts'

// Not by this module's own place: scenarios run from a bundle, which lies elsewhere.
const directory = join(packageRoot, '../shared/vectors/')

/** True when the public vectors lie beside the repository; tests that need them are skipped when not. */
export const hasVectors = existsSync(directory)

export const vectorPath = (name: string): string => directory + name

/** The bytes of a vector, be it a binary file or one of hex digits. */
export const vector = (name: string): Uint8Array => readInputFile(vectorPath(name))
