import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type Docker from 'dockerode'
import { messageOf, statusOf } from './engine.ts'

/** Copies what a container says into a log file. */
export interface ContainerLog {
  /** Resolves when everything that it said is in the file. */
  readonly done: Promise<void>
}

const reconnectsMax = 10

/**
 * Follows standard output and error of a container from `sinceSeconds` (Unix time) on, until it ends. A stream that an
 * engine cuts is taken up again, and the file says so.
 */
export function followContainerLog(
  docker: Docker,
  id: string,
  options: {
    readonly logPath: string
    readonly sinceSeconds: number
    readonly nowSeconds: () => number
  },
): ContainerLog {
  const file = createWriteStream(options.logPath, { flags: 'a', mode: 0o644 })
  // A full disk must not end the run: the log is an aid.
  file.on('error', () => {})
  const follow = async () => {
    let since = options.sinceSeconds
    for (let tries = 0; ; tries++) {
      let cut = 'the engine ended the stream'
      try {
        const stream = (await docker
          .getContainer(id)
          .logs({ follow: true, stdout: true, stderr: true, since })) as NodeJS.ReadableStream
        docker.modem.demuxStream(stream, file, file)
        await finished(stream as never)
      } catch (error) {
        cut = messageOf(error)
      }
      if (tries >= reconnectsMax || !(await runs(docker, id))) break
      since = options.nowSeconds()
      file.write(`lockstep: ${cut}; following the log again\n`)
    }
    await new Promise<void>((resolve) => file.end(() => resolve()))
  }
  return { done: follow() }
}

async function runs(docker: Docker, id: string): Promise<boolean> {
  try {
    return (await docker.getContainer(id).inspect()).State.Running
  } catch (error) {
    // An engine that cannot say is asked for the log again, as often as it may be.
    return statusOf(error) !== 404
  }
}
