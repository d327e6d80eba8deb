import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAnswerReader, type HttpAnswer } from './http-answer.ts'

const bytesMax = 1_000
type Read = { status: number; body: string; staysOpen: boolean } | string

/** What becomes of these bytes when they come in pieces of these lengths and the connection ends then. */
function read(text: string, lengths: readonly number[] = [text.length]): Read {
  const reader = createAnswerReader(bytesMax)
  const told = ({ status, body, staysOpen }: HttpAnswer) => ({ status, body: body.toString(), staysOpen })
  let rest = Buffer.from(text, 'latin1')
  try {
    for (const length of lengths) {
      const piece = Buffer.from(rest.subarray(0, length))
      rest = rest.subarray(length)
      const answer = reader.push(piece)
      // The reader keeps nothing of what it was given.
      piece.fill(0x21)
      if (answer !== null) return told(answer)
    }
    const answer = rest.length === 0 ? null : reader.push(rest)
    return told(answer ?? reader.end())
  } catch (error) {
    return (error as Error).message
  }
}

const sized = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\nhello'
const chunked =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n002 \r\nlo\r\n0\r\nx-sum: 1\r\n\r\n'
const toTheEnd = 'HTTP/1.1 200 OK\r\n\r\nhello'
const open = { status: 200, body: 'hello', staysOpen: true }

describe('an HTTP answer', () => {
  it.each<[string, string, Read]>([
    ['of a known length', sized, open],
    ['in chunks', chunked, open],
    ['that ends with its connection', toTheEnd, { ...open, staysOpen: false }],
    ['without a reason phrase', 'HTTP/1.1 200 \r\ncontent-length:0\r\n\r\n', { ...open, body: '' }],
    ['after interim ones', `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\na: b\r\n\r\n${sized}`, open],
    ['of no content', 'HTTP/1.1 204 No\r\n\r\n', { status: 204, body: '', staysOpen: true }],
    ['with the same header twice', sized.replace('\r\n\r\n', '\r\nX: a\r\nx: b\r\n\r\n'), open],
    [
      'of a server that closes',
      sized.replace('\r\n\r\n', '\r\nconnection: x, Close\r\n\r\n'),
      { ...open, staysOpen: false },
    ],
    ['of HTTP/1.0', sized.replace('1.1', '1.0'), { ...open, staysOpen: false }],
    [
      'of HTTP/1.0 that keeps',
      sized.replace('1.1', '1.0').replace('\r\n\r\n', '\r\nConnection: keep-alive\r\n\r\n'),
      open,
    ],
    ['with bytes after it', `${sized}HTTP/1.1 200`, { ...open, staysOpen: false }],
  ])('%s', (_, text, expected) => {
    expect(read(text)).toEqual(expected)
  })

  it.each<[string, string, RegExp]>([
    ['nothing', '', /before an answer came/],
    ['half of one', sized.slice(0, -1), /in the middle/],
    ['half of a head', 'HTTP/1.1 20', /in the middle/],
    ['chunks without an end', chunked.slice(0, -2), /in the middle/],
    ['another protocol', 'SSH-2.0-x\r\n\r\n', /status line, found "SSH-2.0-x"/],
    ['HTTP/2', sized.replace('1.1', '2.0'), /status line/],
    ['a switch of protocols', 'HTTP/1.1 101 Switching\r\n\r\n', /HTTP 101/],
    ['a status of two digits', sized.replace('200', '20'), /status line/],
    ['a length and chunks', chunked.replace('\r\n', '\r\ncontent-length: 5\r\n'), /and a length/],
    ['two lengths', sized.replace('\r\n', '\r\ncontent-length: 4\r\n'), /content-length, found "4, 5"/],
    ['a negative length', sized.replace(': 5', ': -5'), /content-length, found "-5"/],
    ['a length in hex', sized.replace(': 5', ': 0x5'), /content-length/],
    ['another coding', chunked.replace('chunked', 'gzip, chunked'), /transfer-encoding "gzip, chunked"/],
    ['a space before the colon', sized.replace('Length:', 'Length :'), /expected a header/],
    ['a folded header', sized.replace('\r\nContent-L', '\r\n folded\r\nContent-L'), /expected a header/],
    ['lines without CR', sized.replaceAll('\r\n', '\n'), /in the middle/],
    ['a chunk of no size', chunked.replace('3;x=y', ';x=y'), /size of a chunk/],
    ['a chunk of a negative size', chunked.replace('3;x=y', '-3'), /size of a chunk/],
    ['a chunk that is longer than it says', chunked.replace('hel\r\n', 'help\r\n'), /line end after a chunk/],
    ['a body that is too long', sized.replace(': 5', ': 1001'), /longer than 1000 bytes/],
    ['a chunk that is too long', chunked.replace('3;x=y', '3e9'), /longer than 1000 bytes/],
    ['a body without end', `${toTheEnd}${'x'.repeat(1_000)}`, /longer than 1000 bytes/],
    ['a head without end', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(20_000)}`, /headers of at most 16384/],
    ['a chunk line without end', chunked.replace('x=y', 'x'.repeat(2_000)), /line of at most 1024/],
    [
      'trailers without end',
      chunked.replace('x-sum: 1\r\n', 'x: 1\r\n'.repeat(4_000)),
      /trailers of at most/,
    ],
  ])('is not %s', (_, text, message) => {
    expect(read(text)).toMatch(message)
    expect(read(text, Array(text.length).fill(1))).toMatch(message)
  })

  it('is taken in many small chunks, but not in chunks that are mostly their size', () => {
    const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'
    const inChunks = (chunk: string, count: number) => {
      const line = `${chunk.length.toString(16)}\r\n${chunk}\r\n`
      return createAnswerReader(1_000_000).push(Buffer.from(`${head}${line.repeat(count)}0\r\n\r\n`))
    }
    expect(inChunks('0123456789', 50_000)?.body.toString()).toBe('0123456789'.repeat(50_000))
    expect(inChunks('x', 1_000)?.body.toString()).toBe('x'.repeat(1_000))
    expect(() => inChunks('x', 3_000)).toThrow('expected chunks of more than a few bytes each')
  })

  it('is the same however its bytes come', () => {
    const texts = [sized, chunked, toTheEnd, `HTTP/1.1 100 C\r\n\r\n${chunked}`]
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 40 }),
        (text, lengths) => {
          expect(read(text, lengths)).toEqual(read(text))
        },
      ),
    )
  })

  it('is read or refused, whatever the bytes are', () => {
    const piece = fc.constantFrom(
      'HTTP/1.1 200 OK',
      '\r\n',
      '\r\n\r\n',
      'content-length: 3',
      '3',
      'x',
      '0',
      ':',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 12 }), (pieces) => {
        const answer = read(pieces.join(''))
        if (typeof answer !== 'string') expect(answer.body.length).toBeLessThanOrEqual(bytesMax)
      }),
    )
  })
})
