/**
 * For Node.js in processes that simulate scenarios. A function is compiled with its module, and kept so for the next process,
 * and not when it is first called: the first scenarios of a process call nearly all of them. A simulated world makes much that
 * is garbage at once, and little that stays.
 */
export const simulatingFlags: readonly string[] = ['--no-lazy', '--max-semi-space-size=32']
