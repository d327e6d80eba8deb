import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errorText } from '../../../node/concurrency/error-text.ts'
import type { Logger } from '../../../node/ports/logger.ts'
import { type ColdStorage, coldInMemory, type Stored } from '../chain/cold-storage.ts'

/**
 * Keeps bytes in a file that no directory names, so that it goes with its process however that ends. It is made with the
 * first bytes: most chains end before they have old blocks. What the disk does not take stays in memory.
 */
export class SpillFile implements ColdStorage, Disposable {
  readonly #logger: Pick<Logger, 'warn'>
  readonly #directory: string
  #file: UnnamedFile | null = null
  #end = 0
  #refused = false

  /** @param directory where its file system is; default: the system's directory for temporary files. */
  constructor(logger: Pick<Logger, 'warn'>, directory: string = tmpdir()) {
    this.#logger = logger
    this.#directory = directory
  }

  put(bytes: Uint8Array): Stored {
    try {
      this.#file ??= new UnnamedFile(this.#directory)
      this.#file.write(bytes, this.#end)
    } catch (error) {
      this.#warnOnce(error)
      return coldInMemory.put(bytes)
    }
    this.#refused = false
    const stored = new FileRange(this.#file, this.#end)
    this.#end += bytes.length
    return stored
  }

  [Symbol.dispose](): void {
    this.#file?.close()
  }

  #warnOnce(error: unknown): void {
    if (!this.#refused)
      this.#logger.warn('cannot write old blocks to a temporary file: they stay in memory', {
        directory: this.#directory,
        error: errorText(error),
      })
    this.#refused = true
  }
}

/** Small: each old block has one. */
class FileRange implements Stored {
  readonly #file: UnnamedFile
  readonly #position: number

  constructor(file: UnnamedFile, position: number) {
    this.#file = file
    this.#position = position
  }

  read(start: number, end: number): Uint8Array {
    return this.#file.read(this.#position + start, end - start)
  }
}

class UnnamedFile {
  readonly #descriptor: number
  #closed = false

  /** It has a name for a moment, in a folder that nobody else may open. */
  constructor(directory: string) {
    const folder = mkdtempSync(join(directory, 'lockstep-el-'))
    try {
      this.#descriptor = openSync(join(folder, 'old-blocks'), 'wx+', 0o600)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  write(bytes: Uint8Array, position: number): void {
    this.#expectOpen()
    for (let done = 0; done < bytes.length; )
      done += writeSync(this.#descriptor, bytes, done, bytes.length - done, position + done)
  }

  read(position: number, length: number): Uint8Array {
    this.#expectOpen()
    const bytes = new Uint8Array(length)
    for (let done = 0; done < length; ) {
      const read = readSync(this.#descriptor, bytes, done, length - done, position + done)
      if (read === 0) throw new Error('the temporary file of old blocks ends before what was written to it')
      done += read
    }
    return bytes
  }

  close(): void {
    if (!this.#closed) closeSync(this.#descriptor)
    this.#closed = true
  }

  /** The system gives the number of a closed file to the next that is opened. */
  #expectOpen(): void {
    if (this.#closed) throw new Error('the engine has stopped: its old blocks are gone')
  }
}
