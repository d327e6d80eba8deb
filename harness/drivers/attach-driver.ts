import type { Launch } from '../clients/client.ts'
import type { Driver } from './driver.ts'

export interface AttachDriverOptions {
  readonly name: string
  /** What would start it here. */
  readonly launch: Launch
  /** Where it will serve. */
  readonly url: string
  /** Writes an executable file, and returns its path. */
  readonly write: (name: string, script: string) => string
  /** Somebody is to start it, by that script. */
  readonly tell: (script: string) => void
}

/**
 * Something that somebody else starts, in a debugger or on a machine's own terms: it is told in a script what it must be
 * told, and waited for. Nothing can be done to it, and it is left as it is.
 */
export function createAttachDriver({ name, launch, url, write, tell }: AttachDriverOptions): Driver {
  let told = false
  return {
    kind: 'attach',
    can: new Set(),
    otherwise: 'somebody else runs it: stop, start or pause it where it runs',
    async launch() {
      if (!told) {
        tell(write(`start-${name}.sh`, scriptOf(launch, { name, url })))
      }
      told = true
      return {
        pid: null,
        // Whoever runs it knows when it ends; a wait that sees nothing of it says so.
        exited: new Promise(() => {}),
        ...{ stop: nothing, kill: nothing, pause: nothing, resume: nothing },
      }
    },
  }
}

/** A script for sh that starts it; every value is quoted, whatever is in it. */
function scriptOf({ command, args, env }: Launch, { name, url }: { name: string; url: string }): string {
  const variables = Object.entries(env).map(([key, value]) => `export ${key}=${quote(value)}`)
  return [
    '#!/bin/sh',
    `# Starts ${name}, which is waited for at ${url}. Start it otherwise if you like: these are the values that it needs.`,
    ...variables,
    `exec ${[command, ...args].map(quote).join(' ')} "$@"`,
    '',
  ].join('\n')
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

async function nothing(): Promise<void> {}
