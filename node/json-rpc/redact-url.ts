/** The URL without credentials, path or query: RPC keys live there and must not reach a log. */
export function redactUrl(url: string): string {
  if (!URL.canParse(url)) return '(not a URL)'
  const { origin, protocol, host } = new URL(url)
  // Only the schemes of the web have an origin.
  return origin === 'null' ? `${protocol}//${host}` : origin
}
