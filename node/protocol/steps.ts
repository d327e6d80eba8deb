/**
 * A long computation in short steps: it yields after each, so that its caller decides when to go on and other work gets
 * its turn. Between steps nothing that it reads may change.
 */
export type Steps<Result> = Generator<void, Result, void>

/** Runs such a computation in one go. */
export function runSteps<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}
