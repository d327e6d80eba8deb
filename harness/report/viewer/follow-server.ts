const askMs = 1_000

/** Loads the page again whenever the server has more; the place of the reader is in the address. */
export function followServer(url: string): void {
  let known: string | null = null
  const ask = async () => {
    try {
      const answer = await fetch(url, { cache: 'no-store' })
      const state = await answer.text()
      if (known !== null && state !== known) location.reload()
      known = state
    } catch {
      // The server has ended; what was loaded stays readable.
    }
    setTimeout(ask, askMs)
  }
  void ask()
}
