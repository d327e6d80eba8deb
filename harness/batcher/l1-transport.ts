import { http, type Transport } from 'viem'

/** L1 at a URL, as the submitter takes it: it repeats calls itself. */
export const l1Over =
  (url: string) =>
  (timeout: number): Transport =>
    http(url, { retryCount: 0, timeout })
