import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readInputFile } from '../files/input-file.ts'

const directory = fileURLToPath(new URL('../../../../shared/vectors/', import.meta.url))

/** True when the public vectors lie beside the repository; tests that need them are skipped when not. */
export const hasVectors = existsSync(directory)

export const vectorPath = (name: string): string => directory + name

/** The bytes of a vector, be it a binary file or one of hex digits. */
export const vector = (name: string): Uint8Array => readInputFile(vectorPath(name))
