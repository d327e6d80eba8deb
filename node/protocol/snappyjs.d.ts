/** The part of snappyjs that is used; the package has no types of its own. */
declare module 'snappyjs' {
  /** Snappy block format. */
  export function compress(data: Uint8Array): Uint8Array
}
