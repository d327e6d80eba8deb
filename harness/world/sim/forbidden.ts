import childProcess from 'node:child_process'
import crypto from 'node:crypto'
import dgram from 'node:dgram'
import dns from 'node:dns'
import fs from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import timers from 'node:timers'
import timersPromises from 'node:timers/promises'
import workerThreads from 'node:worker_threads'
import zlib from 'node:zlib'

/** A part of the machine that no run of a simulated world may depend on. */
export interface Forbidden {
  /** What it gives, and what a part of the world has instead. */
  readonly what: string
  readonly instead: string
  /** As it is called in a message. */
  readonly name: string
  readonly of: object
  readonly names: readonly string[]
  /** Calls that ask the machine for nothing, by their arguments. */
  readonly isHarmless?: (args: readonly unknown[]) => boolean
}

const functionsOf = (of: object) =>
  Object.entries(of).flatMap(([name, value]) =>
    typeof value === 'function' && /^[a-z]/.test(name) ? [name] : [],
  )
const prototypeOf = (of: object): object => Object.getPrototypeOf(of) as object

const timerNames = ['setTimeout', 'setInterval', 'setImmediate']
const clock = { what: 'real time', instead: 'the Clock that it was given' }
const random = { what: 'real randomness', instead: 'the Random that it was given' }
const network = { what: 'a socket', instead: 'a link of the world' }
const files = { what: 'a file', instead: 'a store in memory' }
const threads = { what: 'another thread or process', instead: 'work within its own turn' }
const compression = { what: 'asynchronous zlib', instead: 'its synchronous form' }

/** What throws inside a simulated world. Streams, prototypes and promises are among it, so that a function that was taken earlier is found too. */
export const forbidden: readonly Forbidden[] = [
  { ...clock, name: '', of: globalThis, names: timerNames },
  { ...clock, name: 'timers.', of: timers, names: timerNames },
  { ...clock, name: 'timers/promises.', of: timersPromises, names: timerNames },
  { ...clock, name: 'Date.', of: Date, names: ['now'] },
  // With an argument it reads no clock.
  { ...clock, name: 'new ', of: globalThis, names: ['Date'], isHarmless: (args) => args.length > 0 },
  { ...clock, name: 'performance.', of: prototypeOf(performance), names: ['now'] },
  { ...clock, name: 'process.hrtime.', of: process.hrtime, names: ['bigint'] },
  { ...clock, name: 'process.', of: process, names: ['hrtime', 'uptime'] },
  { ...clock, name: 'AbortSignal.', of: AbortSignal, names: ['timeout'] },
  { ...random, name: 'Math.', of: Math, names: ['random'] },
  {
    ...{ ...random, name: 'crypto.', of: crypto },
    names: [
      ...['randomBytes', 'randomInt', 'randomUUID', 'randomFill', 'randomFillSync', 'getRandomValues'],
      ...['generateKey', 'generateKeySync', 'generateKeyPair', 'generateKeyPairSync', 'generatePrime'],
    ],
  },
  {
    ...random,
    name: 'crypto.',
    of: prototypeOf(globalThis.crypto),
    names: ['getRandomValues', 'randomUUID'],
  },
  { ...network, name: '', of: globalThis, names: ['fetch'] },
  { ...network, name: 'net.Socket.', of: net.Socket.prototype, names: ['connect'] },
  { ...network, name: 'net.Server.', of: net.Server.prototype, names: ['listen'] },
  { ...network, name: 'dgram.Socket.', of: dgram.Socket.prototype, names: ['bind', 'connect', 'send'] },
  { ...network, name: 'http.', of: http, names: ['request', 'get'] },
  { ...network, name: 'https.', of: https, names: ['request', 'get'] },
  { ...network, name: 'dns.', of: dns, names: ['lookup', 'resolve'] },
  { ...network, name: 'dns.promises.', of: dns.promises, names: ['lookup', 'resolve'] },
  { ...files, name: 'fs.', of: fs, names: functionsOf(fs) },
  { ...files, name: 'fs.promises.', of: fs.promises, names: functionsOf(fs.promises) },
  { ...threads, name: 'new ', of: workerThreads, names: ['Worker'] },
  { ...threads, name: 'child_process.', of: childProcess, names: functionsOf(childProcess) },
  { ...threads, name: 'crypto.', of: crypto, names: ['pbkdf2', 'scrypt', 'hkdf'] },
  {
    ...{ ...threads, name: 'crypto.subtle.', of: prototypeOf(globalThis.crypto.subtle) },
    names: ['decrypt', 'deriveBits', 'digest', 'encrypt', 'generateKey', 'importKey', 'sign', 'verify'],
  },
  // Every stream and every callback form goes through it; the synchronous forms do not.
  {
    ...{ ...compression, name: 'zlib.' },
    ...{ of: prototypeOf(prototypeOf(zlib.Inflate.prototype)), names: ['_transform'] },
  },
]

/**
 * Calls from inside that may be made all the same: from which functions of a library, and why. By their names, which a bundle
 * keeps (with a number behind some), as it does not keep the files.
 */
export const allowed: readonly {
  readonly call: string
  readonly from: readonly string[]
  readonly why: string
}[] = [
  {
    ...{ call: 'Math.random', from: ['uid'] },
    why: 'viem names each client of its own; no name is sent, and nothing is ordered by it',
  },
  {
    ...{ call: 'new Date', from: ['withCache'] },
    why: 'viem notes when it was answered; the clients of a world keep no answer, so that nobody looks at it',
  },
  {
    ...{ call: 'crypto.getRandomValues', from: ['mulCTBlinded', 'probeRandomBytes', 'k2sig'] },
    why: 'noble blinds what it does with a secret against who measures it: the blind cancels out',
  },
  {
    ...{ call: 'crypto.randomBytes', from: ['generateInt32'] },
    why: 'libsecp256k1 blinds its arithmetic, once in a process: the blind cancels out',
  },
]
