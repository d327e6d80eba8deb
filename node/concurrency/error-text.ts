/** The message of anything that was thrown, for logs and for `lastError` fields. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
