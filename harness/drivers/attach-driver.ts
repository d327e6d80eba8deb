import type { Driver } from './driver.ts'

/**
 * Something that runs already, and that somebody else started: nothing can be done to it, and it is left as it is. Its
 * lifecycle only waits until it answers.
 */
export function createAttachDriver(): Driver {
  return {
    kind: 'attach',
    can: new Set(),
    otherwise: 'it was running before the devstack: stop, start or pause it where it runs',
    launch: async () => ({
      pid: null,
      // Whoever runs it knows when it ends; a wait that sees nothing of it says so.
      exited: new Promise(() => {}),
      ...{ stop: nothing, kill: nothing, pause: nothing, resume: nothing },
    }),
  }
}

async function nothing(): Promise<void> {}
