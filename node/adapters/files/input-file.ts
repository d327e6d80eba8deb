import { NodeError } from '../../errors/node-error.ts'
import { FileTooLongError, readBounded } from './bounded-file.ts'

/** A file that the user named cannot be used. */
export class InputFileError extends NodeError {
  override readonly name = 'InputFileError'
  override readonly code = 'input-file'
}

const bytesMax = 256 * 1024 * 1024
const hexText = /^\s*(0x)?(?:[0-9a-fA-F]{2}\s*)*$/

/**
 * The bytes of a file, which holds them as they are or as text in hex, with or without `0x` and line breaks.
 * @throws InputFileError
 */
export function readInputFile(path: string): Uint8Array {
  try {
    return bytesOf(readBounded(path, bytesMax).bytes)
  } catch (error) {
    const why = error instanceof FileTooLongError ? error.message : (error as NodeJS.ErrnoException).code
    throw new InputFileError(`cannot read ${path}: ${why}`, { cause: error })
  }
}

/**
 * The same of a stream, read to its end.
 * @param name of the stream, for the error.
 * @throws InputFileError when it is empty or longer than a file may be.
 */
export async function readInputStream(stream: AsyncIterable<Uint8Array>, name: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream) {
    length += chunk.length
    if (length > bytesMax) throw new InputFileError(`cannot read ${name}: it has more than ${bytesMax} bytes`)
    chunks.push(chunk)
  }
  if (length === 0) throw new InputFileError(`cannot read ${name}: expected bytes or hex, found nothing`)
  return bytesOf(Buffer.concat(chunks))
}

function bytesOf(content: Buffer): Uint8Array {
  // A control character means binary data; looked at first, because the pattern is slow on large files.
  const isText = content.every(
    (byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127),
  )
  const text = isText ? content.toString('latin1') : ''
  if (!isText || !hexText.test(text)) return new Uint8Array(content)
  return new Uint8Array(Buffer.from(text.replace(/\s/g, '').replace(/^0x/, ''), 'hex'))
}
