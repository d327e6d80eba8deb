import type { Pace } from '../../concurrency/pace.ts'

/**
 * Lets what comes from the other end of a connection be worked on at that pace. All that a peer makes a host do, from the
 * handshake on, begins with bytes that came, and the library does it at once: thirty handshakes that come together are
 * one turn of the event loop. Nothing more is read from a connection while something of it waits.
 * @param connection the library's, before anything was read.
 * @throws Error when a new version of the library no longer has the methods.
 */
export function paceReads(connection: object, pace: Pace): void {
  const onData = methodOf(connection, 'onData')
  const sendPause = methodOf(connection, 'sendPause')
  const sendResume = methodOf(connection, 'sendResume')
  let waiting = 0
  const resume = () => {
    // The library may have paused it too, and goes on by itself. One that it has closed must still see its end.
    if (waiting === 0 && Reflect.get(connection, 'readStatus') !== 'paused') sendResume()
  }
  Object.assign(connection, {
    onData(data: Uint8Array): void {
      let isNow = true
      let isDone = false
      pace(() => {
        isDone = true
        if (isNow) return onData(data)
        waiting--
        onData(data)
        resume()
      })
      isNow = false
      if (isDone) return
      waiting++
      sendPause()
    },
  })
}

function methodOf(connection: object, name: string): (...args: readonly unknown[]) => void {
  const method: unknown = Reflect.get(connection, name)
  if (typeof method !== 'function')
    throw new Error(
      `expected libp2p's connections to have ${name}: it is another version than package.json pins`,
    )
  return (...args) => void method.apply(connection, args)
}
