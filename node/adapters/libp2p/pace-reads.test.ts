import { expect, it } from 'vitest'
import { paceReads } from './pace-reads.ts'

/** A connection that notes what reaches the library, at a pace that is told. */
function setUp() {
  const happened: string[] = []
  const waiting: (() => void)[] = []
  let isBusy = false
  const connection = {
    readStatus: 'readable',
    onData: (data: Uint8Array) => void happened.push(`data ${data.join()}`),
    sendPause: () => void happened.push('pause'),
    sendResume: () => void happened.push('resume'),
  }
  paceReads(connection, (work) => (isBusy ? void waiting.push(work) : work()))
  return {
    connection,
    happened,
    come: (...bytes: number[]) => connection.onData(Uint8Array.from(bytes)),
    busy: () => {
      isBusy = true
    },
    next: () => waiting.shift()?.(),
  }
}

it('lets what comes through while there is time', () => {
  const { come, happened } = setUp()
  come(1)
  come(2, 3)
  expect(happened).toEqual(['data 1', 'data 2,3'])
})

it('reads nothing more while something waits, and then goes on', () => {
  const { busy, come, happened, next } = setUp()
  busy()
  come(1)
  come(2)
  expect(happened.splice(0)).toEqual(['pause', 'pause'])
  next()
  expect(happened.splice(0)).toEqual(['data 1'])
  next()
  expect(happened).toEqual(['data 2', 'resume'])
})

it.each([
  ['leaves it paused when the library wants that', 'paused', []],
  ['reads on to the end of one that the library has closed', 'closed', ['resume']],
])('%s', (_, readStatus, after) => {
  const { busy, come, connection, happened, next } = setUp()
  busy()
  come(1)
  connection.readStatus = readStatus
  next()
  expect(happened).toEqual(['pause', 'data 1', ...after])
})

it('says so when the library has no such methods', () => {
  expect(() => paceReads({ onData() {} }, (work) => work())).toThrow('another version than package.json pins')
})
