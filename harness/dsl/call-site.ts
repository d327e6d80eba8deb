/** Frames of the harness itself, of libraries and of the runtime; a unit test stands where a scenario does. */
const inside = /[/\\]harness[/\\](?!.*\.test\.ts)|[/\\]node_modules[/\\]|\(node:|at node:/

function framesOf(error: Error): readonly string[] {
  const lines = error.stack?.split('\n') ?? []
  return lines.filter((line) => /^\s+at /.test(line))
}

/** Whether the stack of an error names a line outside the harness. */
export function pointsOutside(error: Error): boolean {
  return framesOf(error).some((frame) => !inside.test(frame))
}

/**
 * Gives an error the stack of where the scenario called: the reader wants that line, not one of the harness.
 * `callSite` is an error made there; without one, the error's own stack is used.
 */
export function pointAt(error: Error, callSite: Error = error): void {
  const frames = framesOf(callSite)
  const outside = frames.filter((frame) => !inside.test(frame))
  error.stack = [`${error.name}: ${error.message}`, ...(outside.length > 0 ? outside : frames)].join('\n')
}
