/**
 * Does one thing after the other, each whatever became of those before: how something ends that must not stay half ended.
 * @throws the first error, when all is done.
 */
export async function inOrder(steps: readonly (() => unknown)[]): Promise<void> {
  const errors: unknown[] = []
  for (const step of steps)
    try {
      await step()
    } catch (error) {
      errors.push(error)
    }
  if (errors.length > 0) throw errors[0]
}
