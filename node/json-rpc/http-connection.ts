import { isIP, connect as tcpConnect } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { type AnswerReader, createAnswerReader, type HttpAnswer } from './http-answer.ts'

/** What becomes of one request. */
export interface Settle {
  readonly done: (answer: HttpAnswer) => void
  readonly fail: (error: Error) => void
}

/** One connection to an HTTP/1.1 server, for one request at a time. */
export interface HttpConnection {
  /** Neither side has ended it, and no answer is awaited. */
  readonly isFree: boolean
  /** Sends a request whole; the connection must be free. Exactly one of the two is called, unless it is destroyed before. */
  send(request: string, bodyBytesMax: number, settle: Settle): void
  destroy(): void
}

/** As Node.js reads; nearly every answer comes whole in one read. */
const readBytes = 64 * 1024

/**
 * Opens a connection. One that is free does not keep the program running.
 * @param url `http:` or `https:`; what stands behind the port in it counts for nothing here.
 * @param onEnded called once, when it is of no more use.
 */
export function openHttpConnection(url: URL, onEnded: () => void): HttpConnection {
  let awaited: { readonly reader: AnswerReader; readonly settle: Settle } | null = null
  let ended = false

  const settleWith = (read: (reader: AnswerReader) => HttpAnswer | null): void => {
    if (awaited === null) return
    const { reader, settle } = awaited
    try {
      const answer = read(reader)
      if (answer === null) return
      awaited = null
      if (answer.staysOpen) socket.unref()
      else destroy()
      settle.done(answer)
    } catch (error) {
      destroy()
      settle.fail(error instanceof Error ? error : new Error(String(error)))
    }
  }
  const onBytes = (bytes: Buffer) => {
    // A server that speaks before it is asked is no HTTP/1.1 server.
    if (awaited === null) destroy()
    else settleWith((reader) => reader.push(bytes))
  }
  const onEnd = () => {
    settleWith((reader) => reader.end())
    destroy()
  }
  const destroy = () => {
    awaited = null
    socket.destroy()
    if (ended) return
    ended = true
    onEnded()
  }

  const socket = connect(url, onBytes)
  socket.on('end', onEnd)
  socket.on('close', onEnd)
  socket.on('error', (error) => {
    const { settle } = awaited ?? {}
    destroy()
    settle?.fail(error)
  })
  return {
    get isFree() {
      return !ended && awaited === null
    },
    send(request, bodyBytesMax, settle) {
      awaited = { reader: createAnswerReader(bodyBytesMax), settle }
      socket.ref()
      socket.write(request)
    },
    destroy,
  }
}

function connect({ protocol, hostname, port }: URL, onBytes: (bytes: Buffer) => void) {
  // A URL has an IPv6 address in brackets.
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  if (protocol === 'https:') {
    const name = isIP(host) === 0 ? { servername: host } : {}
    const at = { host, port: Number(port || 443), ALPNProtocols: ['http/1.1'], ...name }
    return tlsConnect(at).on('data', onBytes)
  }
  // Read into one buffer again and again: a node reads tens of thousands of small answers.
  const buffer = Buffer.allocUnsafeSlow(readBytes)
  const onread = {
    buffer,
    callback(length: number) {
      onBytes(buffer.subarray(0, length))
      return true
    },
  }
  return tcpConnect({ host, port: Number(port || 80), noDelay: true, onread })
}
